import type { Confirmation } from '@/components/confirm-fields'
import type { MailServerFields, TestEvent, TestReport } from '@/lib/mail-server'
import type { TidiedValues } from '@/lib/mail-server/assist'
import type { RulesAffected } from '@/lib/mail-server/update-policy-rules'

/** What an action returns to the form, with texts in the operator's language. It is sent in clear text and never contains a secret. */
export type FormState =
  | { kind: 'untouched' }
  /** Nothing was saved or sent. `fields` are the submitted values, or corrected ones that have to be checked. */
  | ({ kind: 'invalid'; errors: FieldTexts; tidied?: Tidied } & Typed)
  /** Someone else saved in between. The next save must be based on `version`. */
  | ({ kind: 'conflict'; theirs: { by: string; at: Date; fields: MailServerFields }; version: number } & Typed)
  /** With `confirm` the form also asks for the password and can then be submitted again. */
  | ({ kind: 'refused'; message: string; confirm?: Confirmation } & Typed)
  | { kind: 'saved'; version: number }
  /** Nothing had changed. */
  | { kind: 'unchanged'; version: number }
  /** The sender changed and policy rules name the previous one. Nothing is saved until the person has chosen what happens to them. */
  | ({ kind: 'rules'; affected: RulesAffected } & Typed)
  | ({
      kind: 'tested'
      report: TestReport
      testId: string
      transcript: Extract<TestEvent, { kind: 'finished' }>['transcript']
    } & Typed)

/** The submitted values, to show them again. */
export interface Typed {
  fields: MailServerFields
  /** Recipient of the test. */
  testTo: string
  /** Whether a new secret was entered. It is never sent back, so without scripts it must be entered again. */
  replacing: boolean
}

/** By the name of the field. */
export type FieldTexts = Record<string, string>

/** Corrected values for their fields, and a hint for each. */
export interface Tidied {
  values: TidiedValues
  hints: FieldTexts
}
