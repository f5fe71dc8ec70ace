import { numberOf } from '@/app/_form/fields'
import 'server-only'
import type { OperatorCaller } from '@/app/_server/caller'
import { saveOnce } from '@/app/_server/once'
import { fail } from '@/lib/kernel/result'
import type { RestoreFault } from '@/lib/mail-server/restore'
import { type FormState, refused, serviceFor } from '../_form/form-data'

const REFUSALS = {
  'no-revision': 'refused.noRevision',
  'revision-invalid': 'refused.revisionInvalid',
  'revision-secret': 'refused.revisionSecret',
  conflict: 'refused.changedMeanwhile',
  removed: 'refused.serverRemoved',
} as const satisfies Record<RestoreFault['kind'], string>

/** Saves an earlier revision again. */
export async function submitRestore(caller: OperatorCaller, form: FormData): Promise<FormState> {
  const [mailServer, version, number] = [serviceFor(form), numberOf(form, 'version'), numberOf(form, 'number')]
  if (mailServer === null || version === null || number === null) return refused(caller, form, 'refused.noVersion')
  return saveOnce<FormState>(caller, 'mail-server.restore', form, {
    saved: (restored) => ({ kind: 'saved', version: restored }),
    refused: (key) => refused(caller, form, key),
    async act() {
      const restored = await mailServer.restore(caller, { number, version })
      return restored.ok ? restored : fail(refused(caller, form, REFUSALS[restored.error.kind]))
    },
  })
}
