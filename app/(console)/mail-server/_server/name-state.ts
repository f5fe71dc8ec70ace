/** What became of a name that was typed: nothing yet, or why it was not taken. */
export interface NameState {
  message: string | null
  /** To show it again; null: what stands in the page. */
  typed: string | null
}
