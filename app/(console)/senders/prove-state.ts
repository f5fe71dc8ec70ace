import type { FieldTexts } from '../mail-server/form-state'
import type { Finished } from '../mail-server/report-view'

/** What a try to prove a sender came to, texts in the reader's language. */
export type ProveState =
  | { kind: 'untouched' }
  | { kind: 'invalid'; testTo: string; errors: FieldTexts }
  | { kind: 'refused'; testTo: string; message: string }
  | ({ kind: 'tested' } & Finished)
