/** What became of addresses that were typed: nothing yet, or why they were not taken. */
export interface AddState {
  messages: string[]
  typed: string
  way: string
}
