import 'server-only'
import { numberOf } from '@/app/_form/fields'
import { refused, refusedWith, textOf } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { once } from '@/app/_server/once'
import type { Confirmation } from '@/components/confirm-fields'
import { type Locale, type MessageKey, translatorFor } from '@/lib/i18n/translations'
import { fail, newId, type Result } from '@/lib/kernel'
import type { SimulationError } from '@/lib/policy'
import { applyStep, type PolicyFields, stepOf } from '@/lib/policy/draft'
import { parsePolicy, type RuleError } from '@/lib/policy/fields'
import { services } from '@/lib/services'
import { type ValidationError, validationErrorText } from '@/lib/validation/validation-error'
import { draftOf, fieldName, pressedIn } from './draft-of'
import type { Draft, EditorPreview, FieldTexts, FormState, Simulation } from './form-state'
import { mergeTheirs, takenPartOf } from './merge'

const submittedDraft = (form: FormData): Draft => ({ fields: draftOf(form), number: numberOf(form, 'version') })

/** Whether this saves rules by which mail may get another mail server. */
export async function changeNeedsFreshSession(form: FormData): Promise<boolean> {
  const { fields, number } = submittedDraft(form)
  if (pressedIn(form) !== 'save' || number === null) return false
  return services().rules.saveMayMoveMail({ fields, number })
}

export async function restoreNeedsFreshSession(form: FormData): Promise<boolean> {
  const [number, restored] = [numberOf(form, 'version'), numberOf(form, 'number')]
  return number !== null && restored !== null && services().rules.restoreMayMoveMail({ restored, number })
}

/** Does what the pressed button says: save, simulate, or change the draft. Any other value only previews the draft. */
export async function submitChange(caller: OperatorCaller, form: FormData): Promise<FormState> {
  const button = pressedIn(form)
  const draft = submittedDraft(form)
  const { fields } = draft
  if (button === 'save') return submitSave(caller, form, draft)
  if (button === 'try')
    return { kind: 'simulated', ...draft, ...(await previewDraft(form, caller, fields, { withSimulation: true })) }
  const step = stepOf(button)
  const next = step ? applyStep(fields, step, newId()) : await takeTheirs(fields, button)
  return { kind: 'draft', ...draft, fields: next, ...(await previewDraft(form, caller, next)) }
}

/** The preview of a draft. If the simulator was used before, its result is repeated for the draft. */
export async function previewDraft(
  form: FormData,
  caller: Pick<OperatorCaller, 'locale'>,
  fields: PolicyFields,
  { withSimulation = form.has('tried') } = {},
): Promise<EditorPreview> {
  const [preview, simulation] = await Promise.all([
    services().rules.preview(fields, simulatedIn(form)),
    withSimulation ? runSimulation(simulatedIn(form), caller.locale, fields) : null,
  ])
  return { wrong: wrongPatterns(fields, caller.locale), simulation, ...preview }
}

/** Takes the part of the saved rules that the button names into the draft. Any other button leaves it unchanged. */
async function takeTheirs(fields: PolicyFields, text: string): Promise<PolicyFields> {
  const part = takenPartOf(text)
  if (part === null) return fields
  const { fields: theirs, unreadable } = await services().rules.view()
  return unreadable ? fields : mergeTheirs(fields, theirs, part)
}

/** Saves once for each form, however often it is submitted. */
async function submitSave(caller: OperatorCaller, form: FormData, { fields, number }: Draft): Promise<FormState> {
  if (number === null) return refusedChange(translatorFor(caller.locale, 'validation')('refused.noVersion'), form)
  const act = async (): Promise<Result<{ number: number }, FormState>> => {
    const saved = await services().rules.save(caller, { fields, number })
    if (saved.ok) return saved
    if (saved.error.kind === 'conflict') return fail({ ...saved.error, fields })
    return fail({ kind: 'invalid', fields, number, errors: ruleTexts(saved.error.validationErrors, caller.locale) })
  }
  const saved = await once(caller, 'policy.save', form, act, refusedChange)
  return saved.ok ? { kind: 'saved', number: saved.value.number } : saved.error
}

const RESTORE_LABELS = {
  'no-revision': 'refused.noRevision',
  unreadable: 'refused.rulesUnreadable',
  conflict: 'refused.changedMeanwhile',
  'server-gone': 'refused.serverGone',
} as const

export async function submitRestore(caller: OperatorCaller, form: FormData) {
  const number = numberOf(form, 'version')
  const restored = numberOf(form, 'number')
  const refusalBy = (key: MessageKey<'validation'>) => refused(translatorFor(caller.locale, 'validation')(key))
  if (number === null || restored === null) return fail(refusalBy('refused.noVersion'))
  const act = async () => {
    const done = await services().rules.restore(caller, { restored, number })
    return done.ok ? done : fail(refusalBy(RESTORE_LABELS[done.error.kind]))
  }
  return once(caller, 'policy.restore', form, act, refusedWith)
}

export const simulatedIn = (form: FormData) => ({
  originator: textOf(form, 'originator'),
  recipients: textOf(form, 'recipients'),
})

export async function runSimulation(
  typed: ReturnType<typeof simulatedIn>,
  locale: Locale,
  fields: PolicyFields | null,
): Promise<Simulation> {
  const simulated = await services().rules.simulate({ ...typed, fields })
  return {
    ...typed,
    outcome: simulated.ok
      ? { kind: 'decided', decisions: simulated.value }
      : simulationErrorOf(simulated.error, locale),
  }
}

function simulationErrorOf(fault: SimulationError, locale: Locale): Simulation['outcome'] {
  const validation = translatorFor(locale, 'validation')
  const errorFor = (name: string, validationError: ValidationError | undefined): FieldTexts =>
    validationError ? { [name]: [validationErrorText(validation, validationError)] } : {}
  switch (fault.kind) {
    case 'no-server':
      return { kind: 'no-server' }
    case 'fields':
      return {
        kind: 'errors',
        errors: { ...errorFor('originator', fault.originator), ...errorFor('recipients', fault.recipients) },
      }
    case 'rules':
      return { kind: 'errors', errors: ruleTexts(fault.validationErrors, locale) }
    case 'unreadable':
      return { kind: 'refused', message: validation('refused.rulesUnreadable') }
  }
}

function wrongPatterns(fields: PolicyFields, locale: Locale): FieldTexts {
  const parsed = parsePolicy(fields)
  const isPattern = ({ rule, field }: RuleError) => rule !== null && (field === 'senders' || field === 'recipients')
  return parsed.ok ? {} : ruleTexts(parsed.error.filter(isPattern), locale)
}

/** Validation errors as sentences, by field name. */
function ruleTexts(validationErrors: readonly RuleError[], locale: Locale): FieldTexts {
  const t = translatorFor(locale, 'validation')
  const texts: FieldTexts = {}
  for (const { rule, field, validationError, pattern } of validationErrors) {
    const name = rule === null ? 'rules' : fieldName(field, rule)
    const error = validationErrorText(t, validationError)
    const text = pattern ? t('rule.inLine', { line: pattern.line, text: pattern.text, said: error }) : error
    texts[name] = [...(texts[name] ?? []), text]
  }
  return texts
}

export const refusedChange = (
  message: string,
  form: FormData,
  _reason: unknown = null,
  confirm: Confirmation | null = null,
): FormState => ({ kind: 'refused', ...submittedDraft(form), message, confirm })
