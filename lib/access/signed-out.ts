/** Answer of a server action if the session has ended. The form keeps its values and says so. */
export const SIGNED_OUT = { kind: 'signed-out' } as const
export type SignedOut = typeof SIGNED_OUT

/** The action of a form that ends in a redirect. */
export type PlainAction = (form: FormData) => Promise<Answer<void>>
export type Answer<State> = State | SignedOut

/** Begins the answer to a script whose post reached no action. A form then shows the sentence that follows. */
export const REFUSED = 'refused: '

export const isSignedOut = (answer: unknown): answer is SignedOut =>
  typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === SIGNED_OUT.kind
