import type { MailServerFields, TestEvent, TestReport } from '@/lib/mail-server'

/**
 * What an action gives back to the form, texts already in the operator's language. It travels in clear text, as the form's
 * previous state: no secret is ever in it.
 */
export type FormState =
  | { kind: 'untouched' }
  /** Nothing was stored or sent. `fields` is what was typed, or what was made of it for a look. */
  | { kind: 'invalid'; fields: MailServerFields; errors: FieldTexts; hints: FieldTexts }
  /** Somebody else saved meanwhile; `version` is what a second try must name. */
  | {
      kind: 'conflict'
      fields: MailServerFields
      theirs: { by: string; at: Date; fields: MailServerFields }
      version: number
    }
  | { kind: 'refused'; fields: MailServerFields; message: string }
  | { kind: 'saved'; version: number }
  | {
      kind: 'tested'
      fields: MailServerFields
      report: TestReport
      testId: string
      transcript: Extract<TestEvent, { kind: 'finished' }>['transcript']
    }

/** By the field's name. */
export type FieldTexts = Record<string, string>
