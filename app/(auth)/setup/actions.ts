'use server'

import { redirect } from 'next/navigation'
import { type Outcome, refused, textOf, typedIn } from '@/app/_form/outcome'
import { faultText } from '@/app/_server/faults'
import { entryAction } from '@/app/_server/form-action'
import { SIGN_IN_PATH } from '@/app/paths'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'

const SHOWN_AGAIN = ['email', 'name']
const FIELD_OF: Partial<Record<string, string>> = { 'email-invalid': 'email', name: 'name', password: 'password' }

export const setUpAction = entryAction<Outcome>({
  name: 'setup.choose-password',
  permission: 'anyone',
  refused: (message, form) => refused(message, { typed: typedIn(form, SHOWN_AGAIN) }),
  async run(call, form) {
    const done = await services().signIn.setUp(call, {
      token: new Redacted(textOf(form, 'token')),
      email: textOf(form, 'email'),
      name: textOf(form, 'name'),
      password: new Redacted(textOf(form, 'password')),
    })
    if (done.ok) redirect(`${SIGN_IN_PATH}?done=set-up`)
    const message = await faultText(done.error)
    const field = FIELD_OF[done.error.kind]
    return refused(message, { typed: typedIn(form, SHOWN_AGAIN), ...(field && { errors: { [field]: message } }) })
  },
})
