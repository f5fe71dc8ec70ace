/** What a server action answers a caller whose session has ended. The form keeps what was typed and says so. */
export const SIGNED_OUT = { kind: 'signed-out' } as const
export type SignedOut = typeof SIGNED_OUT

/** The action of a form whose outcome is the page that it leads to. */
export type PlainAction = (form: FormData) => Promise<Answer<void>>
export type Answer<State> = State | SignedOut

export const isSignedOut = (answer: unknown): answer is SignedOut =>
  typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === SIGNED_OUT.kind
