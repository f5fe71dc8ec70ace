/** The answer to submitted addresses: none yet, or why they were refused. */
export interface AddState {
  messages: string[]
  typed: string
  way: string
}
