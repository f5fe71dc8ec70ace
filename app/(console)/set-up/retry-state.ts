/** What the form of trying by itself shows after it was sent; texts in the reader's language. */
export type RetryState =
  | { kind: 'untouched' }
  | { kind: 'refused'; message: string; testTo?: string }
  | { kind: 'done' }
