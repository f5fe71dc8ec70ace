/** The answer to a submitted name: none yet, or why it was refused. */
export interface NameState {
  message: string | null
  /** The submitted name, to show it again; null for the saved one. */
  typed: string | null
}
