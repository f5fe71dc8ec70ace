import type { ValidationError } from '@/lib/validation/validation-error'
import 'server-only'
import type { OperatorCaller } from '@/app/_server/caller'
import { saveOnce } from '@/app/_server/once'
import type { Locale } from '@/lib/i18n/locale'
import { type MessageKey, translatorFor } from '@/lib/i18n/translations'
import { fail, ok } from '@/lib/kernel/result'
import type { RestoreFault } from '@/lib/mail-server/restore'
import { touchesDestination } from '@/lib/mail-server/same-destination'
import type { SaveFault } from '@/lib/mail-server/save'
import { readForm, rulesChoiceIn, serviceFor, texts, typedIn, versionIn } from './form-data'
import type { FormState } from './form-state'

/** Whether saving this form wants a fresh session. A form that would not be saved is not asked for one. */
export async function touchesDestinationIn(form: FormData, locale: Locale): Promise<boolean> {
  const read = await readForm(form, locale)
  if (read.kind === 'state') return false
  const saved = await serviceFor(form)?.savedChange()
  return touchesDestination(saved?.settings ?? null, read.change)
}

/** *Save changes*, once for each form however often it is posted. */
export async function submitSave(caller: OperatorCaller, form: FormData): Promise<FormState> {
  const read = await readForm(form, caller.locale)
  if (read.kind === 'state') return read.state
  const [room, version] = [serviceFor(form), versionIn(form)]
  if (room === null || version === null) return refused(caller, form, 'choice.version')
  return saveOnce(caller, 'mail-server.save', form, {
    ...ends(caller, form),
    async act() {
      const saved = await room.save(caller, { change: read.change, version, rules: rulesChoiceIn(form) })
      if (!saved.ok) return fail(saveRefusal(caller, form, saved.error))
      const { version: number, changed } = saved.value
      return changed.length > 0 ? ok(number) : fail({ kind: 'unchanged', version: number })
    },
  })
}

/** Goes back to a saved state in one step. */
export async function submitRestore(caller: OperatorCaller, form: FormData): Promise<FormState> {
  const [room, version] = [serviceFor(form), versionIn(form)]
  const number = form.get('number')
  if (room === null || version === null || typeof number !== 'string' || !/^\d{1,9}$/.test(number))
    return refused(caller, form, 'choice.version')
  return saveOnce(caller, 'mail-server.restore', form, {
    ...ends(caller, form),
    async act() {
      const restored = await room.restore(caller, { number: Number(number), version })
      return restored.ok ? ok(restored.value.version) : fail(restoreRefusal(caller, form, restored.error))
    },
  })
}

/** Of both: what a repeated post, or one without a token, shows. */
const ends = (caller: OperatorCaller, form: FormData) => ({
  saved: (version: number): FormState => ({ kind: 'saved', version }),
  refused: (key: MessageKey<'validation'>): FormState => refused(caller, form, key),
})

function saveRefusal(caller: OperatorCaller, form: FormData, fault: SaveFault): FormState {
  const typed = typedIn(form)
  switch (fault.kind) {
    case 'conflict':
      return { kind: 'conflict', ...typed, theirs: fault.theirs, version: fault.version }
    case 'rules':
      return { kind: 'rules', ...typed, affected: fault }
    case 'none-verified': {
      const validationError: ValidationError = { key: 'choice.individualSenders' }
      const errors = texts({ allowIndividualSenders: validationError }, caller.locale)
      return { kind: 'invalid', ...typed, errors }
    }
    case 'key-wrong':
      return refused(caller, form, 'secret.keyWrong', { kid: fault.kid })
    case 'secret': {
      const validationError: ValidationError = { key: fault.fault === 'none' ? 'secret.none' : 'secret.notKept' }
      return { kind: 'invalid', ...typed, errors: texts({ [fault.field]: validationError }, caller.locale) }
    }
  }
}

const RESTORE_LABELS = {
  'no-revision': 'refused.noRevision',
  'revision-invalid': 'refused.revisionInvalid',
  'revision-secret': 'refused.revisionSecret',
  conflict: 'refused.changedMeanwhile',
} as const satisfies Record<RestoreFault['kind'], string>

const restoreRefusal = (caller: OperatorCaller, form: FormData, fault: RestoreFault): FormState =>
  refused(caller, form, RESTORE_LABELS[fault.kind])

export function refused(
  caller: OperatorCaller,
  form: FormData,
  key: MessageKey<'validation'>,
  params: Record<string, string | number> = {},
): Extract<FormState, { kind: 'refused' }> {
  return { kind: 'refused', ...typedIn(form), message: translatorFor(caller.locale, 'validation')(key, params) }
}
