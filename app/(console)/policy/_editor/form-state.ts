import type { Confirmation } from '@/components/confirm-fields'
import type { DraftPreview, SimulatedDecision } from '@/lib/policy'
import type { PolicyFields } from '@/lib/policy/draft'
import type { RulesConflict } from '@/lib/policy/save'

/** The answer of an action, with texts in the operator's language. Rules contain no secret. */
export type FormState =
  | { kind: 'untouched' }
  /** The draft after a step, or after the simulator was asked. */
  | ({ kind: 'draft' | 'simulated' } & Draft & EditorPreview)
  /** Nothing was saved. Errors are by field name, or under `rules` if they concern all rules together. */
  | ({ kind: 'invalid'; errors: FieldTexts } & Draft)
  /** Someone else saved in between. `number` is the revision that a second attempt must be based on. */
  | (RulesConflict & { fields: PolicyFields })
  /** With `confirm` the form asks for the password, and is then saved. */
  | ({ kind: 'refused'; message: string; confirm: Confirmation | null } & Draft)
  | { kind: 'saved'; number: number }

/** What was submitted, and the revision that it is based on; null if the form did not name it. */
export interface Draft {
  fields: PolicyFields
  number: number | null
}

/** What the page says about a draft. The simulator's last result follows the draft; null if it was not asked yet. */
export interface EditorPreview extends DraftPreview {
  /** What is wrong with patterns. Whatever else is wrong or missing is reported when the draft is saved. */
  wrong: FieldTexts
  simulation: Simulation | null
}

export interface Simulation {
  originator: string
  recipients: string
  outcome:
    | { kind: 'decided'; decisions: SimulatedDecision[] }
    | { kind: 'errors'; errors: FieldTexts }
    | { kind: 'refused'; message: string }
    | { kind: 'no-server' }
}

export type FieldTexts = Record<string, string[]>
