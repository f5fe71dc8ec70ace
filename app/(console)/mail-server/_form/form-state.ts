import type { Confirmation } from '@/components/confirm-fields'
import type { MailServerFields, TestEvent, TestReport } from '@/lib/mail-server'
import type { TidiedValues } from '@/lib/mail-server/assist'
import type { RulesAffected } from '@/lib/mail-server/update-policy-rules'

/**
 * What an action gives back to the form, texts already in the operator's language. It travels in clear text, as the form's
 * previous state: no secret is ever in it.
 */
export type FormState =
  | { kind: 'untouched' }
  /** Nothing was stored or sent. `fields` is what was typed, or what was made of it, to be checked. */
  | ({ kind: 'invalid'; errors: FieldTexts; tidied?: Tidied } & Typed)
  /** Somebody else saved meanwhile; `version` is what a second try must name. */
  | ({ kind: 'conflict'; theirs: { by: string; at: Date; fields: MailServerFields }; version: number } & Typed)
  /** `confirm`: the form asks for the password too, and is then done. */
  | ({ kind: 'refused'; message: string; confirm?: Confirmation } & Typed)
  | { kind: 'saved'; version: number }
  /** There was nothing to save. */
  | { kind: 'unchanged'; version: number }
  /** The sender changed, and policy rules name the former one: nothing is saved until it is said what becomes of them. */
  | ({ kind: 'rules'; affected: RulesAffected } & Typed)
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
  /** A new secret was to replace the stored one. It is not here, so without scripts it must be typed again. */
  replacing: boolean
}

/** By the field's name. */
export type FieldTexts = Record<string, string>

/** Values that the page puts into their fields, and what it says about each. */
export interface Tidied {
  values: TidiedValues
  hints: FieldTexts
}
