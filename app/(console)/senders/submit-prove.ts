import 'server-only'
import type { Caller } from '@/app/_server/caller'
import { parseRecipientEmail } from '@/lib/kernel/email-address'
import { wordsFor } from '@/lib/kernel/words'
import { wiring } from '@/lib/wiring'
import { texts } from '../mail-server/form-data'
import { type Submitted, testOnce } from '../mail-server/run-test'
import { serverIn } from '../mail-server/server-data'
import { addressIn, testToIn } from './form-data'
import type { ProveState } from './prove-state'

/** *Prove now*: a real message as this sender, by the very test of the mail server's page, once for each form. */
export async function submitProve(caller: Caller, form: FormData): Promise<Submitted<ProveState>> {
  const testTo = testToIn(form)
  const to = parseRecipientEmail(testTo)
  if (!to.ok) {
    const errors = texts({ testTo: to.error }, caller.locale)
    return { kind: 'state', state: { kind: 'invalid', testTo, errors }, status: 200 }
  }
  const input = { server: serverIn(form), address: addressIn(form), to: to.value }
  return testOnce<ProveState>(caller, form, {
    start: () => wiring().senders.prove(caller, input),
    refused: (key, params) => ({
      kind: 'refused',
      testTo,
      message: wordsFor(caller.locale, 'validation')(key, params),
    }),
  })
}
