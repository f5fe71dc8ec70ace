import 'server-only'
import { numberOf } from '@/app/_form/fields'
import type { OperatorCaller } from '@/app/_server/caller'
import { once } from '@/app/_server/once'
import type { Locale } from '@/lib/i18n/locale'
import { fail, type Result } from '@/lib/kernel'
import type { SaveFault } from '@/lib/mail-server/save'
import { needsFreshSession } from '@/lib/mail-server/secret-reuse'
import {
  type FormState,
  invalid,
  readForm,
  refused,
  refusedAction,
  rulesChoiceIn,
  serviceFor,
  typedIn,
} from './form-data'

/** Whether saving this form requires a fresh session. A form that would not be saved requires none. */
export async function formNeedsFreshSession(form: FormData, locale: Locale): Promise<boolean> {
  const read = await readForm(form, locale)
  if (!read.ok) return false
  const basedOn = await serviceFor(form)?.settingsOf(numberOf(form, 'version') ?? 0)
  return needsFreshSession(basedOn ?? null, read.value)
}

/** Saves the form, once however often it is posted. */
export async function submitSave(caller: OperatorCaller, form: FormData): Promise<FormState> {
  const read = await readForm(form, caller.locale)
  if (!read.ok) return read.error
  const [mailServer, version] = [serviceFor(form), numberOf(form, 'version')]
  if (mailServer === null || version === null) return refused(caller, form, 'refused.noVersion')
  const act = async (): Promise<Result<{ version: number }, FormState>> => {
    const saved = await mailServer.save(caller, { change: read.value, version, rules: rulesChoiceIn(form) })
    if (!saved.ok) return fail(saveRefusal(caller, form, saved.error))
    return saved.value.changed.length > 0 ? saved : fail({ kind: 'unchanged', version })
  }
  const saved = await once(caller, 'mail-server.save', form, act, refusedAction)
  return saved.ok ? { kind: 'saved', version: saved.value.version } : saved.error
}

function saveRefusal(caller: OperatorCaller, form: FormData, fault: SaveFault): FormState {
  switch (fault.kind) {
    case 'conflict':
      return { ...fault, ...typedIn(form) }
    case 'removed':
      return refused(caller, form, 'refused.serverRemoved')
    case 'rules':
      return { kind: 'rules', ...typedIn(form), affected: fault }
    case 'none-verified':
      return invalid(form, { allowIndividualSenders: { key: 'choice.individualSenders' } }, caller.locale)
    case 'key-wrong':
      return refused(caller, form, 'refused.keyWrong', { kid: fault.kid })
    case 'secret': {
      const key = fault.fault === 'none' ? 'secret.none' : 'secret.notKept'
      return invalid(form, { [fault.field]: { key } }, caller.locale)
    }
  }
}
