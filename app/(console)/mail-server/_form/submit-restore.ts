import 'server-only'
import { numberOf } from '@/app/_form/fields'
import { refused, refusedWith } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { once } from '@/app/_server/once'
import { type MessageKey, translatorFor } from '@/lib/i18n/translations'
import { fail } from '@/lib/kernel'
import type { RestoreFault } from '@/lib/mail-server/restore'
import { serviceFor } from './form-data'

const REFUSALS = {
  'no-revision': 'refused.noRevision',
  'revision-invalid': 'refused.revisionInvalid',
  'revision-secret': 'refused.revisionSecret',
  conflict: 'refused.changedMeanwhile',
  removed: 'refused.serverRemoved',
} as const satisfies Record<RestoreFault['kind'], string>

export async function submitRestore(caller: OperatorCaller, form: FormData) {
  const [mailServer, version, number] = [serviceFor(form), numberOf(form, 'version'), numberOf(form, 'number')]
  const refusalBy = (key: MessageKey<'validation'>) => refused(translatorFor(caller.locale, 'validation')(key))
  if (mailServer === null || version === null || number === null) return fail(refusalBy('refused.noVersion'))
  const act = async () => {
    const restored = await mailServer.restore(caller, { number, version })
    return restored.ok ? restored : fail(refusalBy(REFUSALS[restored.error.kind]))
  }
  return once(caller, 'mail-server.restore', form, act, refusedWith)
}
