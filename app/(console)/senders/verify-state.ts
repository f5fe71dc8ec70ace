import type { Finished } from '../_connection-test/report-view'
import type { FieldTexts } from '../mail-server/_form/form-state'

/** The answer to a verification, with texts in the reader's language. */
export type VerifyState =
  | { kind: 'untouched' }
  | { kind: 'invalid'; testTo: string; errors: FieldTexts }
  | { kind: 'refused'; testTo: string; message: string }
  | ({ kind: 'tested' } & Finished)
