import type { MailServerFields, TestEvent, TestReport } from '@/lib/mail-server'

/**
 * What an action gives back to the form, texts already in the operator's language. It travels in clear text, as the form's
 * previous state: no secret is ever in it.
 */
export type FormState =
  | { kind: 'untouched' }
  /** Nothing was stored or sent. `fields` is what was typed, or what was made of it for a look. */
  | ({ kind: 'invalid'; errors: FieldTexts; hints: FieldTexts } & Typed)
  /** Somebody else saved meanwhile; `version` is what a second try must name. */
  | ({ kind: 'conflict'; theirs: { by: string; at: Date; fields: MailServerFields }; version: number } & Typed)
  | ({ kind: 'refused'; message: string } & Typed)
  | { kind: 'saved'; version: number }
  | ({
      kind: 'tested'
      report: TestReport
      testId: string
      transcript: Extract<TestEvent, { kind: 'finished' }>['transcript']
    } & Typed)

/** What stood in the form, for the page to show again. */
export interface Typed {
  fields: MailServerFields
  /** Whom the test was to go to. */
  testTo: string
}

/** By the field's name. */
export type FieldTexts = Record<string, string>
