/** What the form for automatic retries shows after it was submitted, in the reader's language. */
export type RetryState =
  | { kind: 'untouched' }
  | { kind: 'refused'; message: string; testTo?: string }
  | { kind: 'done' }
