import { uuidOf } from '@/app/_form/fields'
import 'server-only'
import type { OperatorCaller } from '@/app/_server/caller'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import { validationTexts } from '@/lib/validation/validation-error'
import type { Finished } from '../_connection-test/report-view'
import { type Submitted, testOnce } from '../_connection-test/run-test'
import type { FieldTexts } from '../mail-server/_form/form-data'
import { addressIn, testToIn } from './form-data'

/** The answer to a verification, with texts in the reader's language. */
export type VerifyState =
  | { kind: 'untouched' }
  | { kind: 'invalid'; testTo: string; errors: FieldTexts }
  | { kind: 'refused'; testTo: string; message: string }
  | ({ kind: 'tested' } & Finished)

/** Verifies a sender with a real message, by the test of the mail server page, once however often the form is posted. */
export async function submitVerify(caller: OperatorCaller, form: FormData): Promise<Submitted<VerifyState>> {
  const testTo = testToIn(form)
  const to = parseRecipientEmail(testTo)
  if (!to.ok) {
    const errors = validationTexts(translatorFor(caller.locale, 'validation'), { testTo: to.error })
    return { kind: 'state', state: { kind: 'invalid', testTo, errors }, status: 200 }
  }
  const input = { server: uuidOf(form, 'server'), address: addressIn(form), to: to.value }
  return testOnce<VerifyState>(caller, form, {
    start: () => services().senders.verify(caller, input),
    refused: (key, params) => ({
      kind: 'refused',
      testTo,
      message: translatorFor(caller.locale, 'validation')(key, params),
    }),
  })
}
