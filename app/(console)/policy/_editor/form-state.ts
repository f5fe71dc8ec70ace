import type { DraftPreview, SimulatedDecision } from '@/lib/policy'
import type { PolicyFields } from '@/lib/policy/draft'

/** What an action gives back to the form, texts already in the operator's language. No secret is in any rule. */
export type FormState =
  | { kind: 'untouched' }
  /** The draft after a step, or only looked at. */
  | ({ kind: 'draft'; fields: PolicyFields } & DraftPreview)
  /** Nothing was saved. Texts by the field's name; under `rules`, what is wrong with all of them together. */
  | { kind: 'invalid'; fields: PolicyFields; errors: FieldTexts }
  /** Somebody else saved meanwhile; `number` is what a second try must name. */
  | {
      kind: 'conflict'
      fields: PolicyFields
      theirs: { by: string; at: Date; fields: PolicyFields | null }
      number: number
    }
  | { kind: 'refused'; fields: PolicyFields; message: string }
  | { kind: 'saved'; number: number }
  | ({ kind: 'tried'; fields: PolicyFields } & DraftPreview & Attempted)

/** A try of the simulator, with what was typed for it. */
export interface Attempted {
  originator: string
  recipients: string
  outcome:
    | { kind: 'decided'; decisions: SimulatedDecision[] }
    | { kind: 'errors'; errors: FieldTexts }
    | { kind: 'refused'; message: string }
    | { kind: 'no-server' }
}

/** Of the simulator's own form, which those see who may not change rules. */
export type TryState = { kind: 'untouched' } | ({ kind: 'tried' } & Attempted)

export type FieldTexts = Record<string, string[]>
