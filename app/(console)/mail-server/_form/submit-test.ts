import 'server-only'
import type { OperatorCaller } from '@/app/_server/caller'
import { type Submitted, testOnce } from '@/app/(console)/_connection-test/run-test'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import { type FormState, readForm, refused, serviceFor } from './form-data'

/** Tests the values of the form, whether or not they are saved. */
export async function submitTest(caller: OperatorCaller, form: FormData): Promise<Submitted<FormState>> {
  const mailServer = serviceFor(form)
  const [read, isRemoved] = await Promise.all([
    readForm(form, caller.locale, { withRecipient: true }),
    mailServer?.isRemoved(),
  ])
  if (!read.ok) return { kind: 'state', state: read.error, status: 200 }
  const to = parseRecipientEmail(form.get('testTo'))
  if (!to.ok) throw new Error('readForm has refused such a recipient')

  if (!mailServer) return { kind: 'state', state: refused(caller, form, 'refused.noVersion'), status: 409 }
  if (isRemoved) return { kind: 'state', state: refused(caller, form, 'refused.serverRemoved'), status: 409 }
  return testOnce<FormState>(caller, form, {
    start: () => mailServer.test(caller, { change: read, to: to.value, dryRun: false }),
    refused: (key, params) => refused(caller, form, key, params),
  })
}
