/** What the forms for tests show after they were submitted, in the reader's language. */
export type TestState =
  | { kind: 'untouched' }
  | { kind: 'refused'; message: string }
  | { kind: 'done'; message?: string; testId?: string }
