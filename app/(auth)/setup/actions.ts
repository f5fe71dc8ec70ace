'use server'

import { redirect } from 'next/navigation'
import { type Outcome, refused, textOf, typedIn } from '@/app/_form/outcome'
import { faultText } from '@/app/_server/faults'
import { entryAction } from '@/app/_server/form-action'
import { getTranslations } from '@/app/_server/translations'
import { SIGN_IN_PATH } from '@/app/paths'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'

const SHOWN_AGAIN = ['email', 'name']
const FIELD_OF = { 'email-invalid': 'email', name: 'name', password: 'password' } as const

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
    const typed = typedIn(form, SHOWN_AGAIN)
    if (done.error.kind !== 'invalid') return refused(await faultText(done.error), { typed })
    const errors = await Promise.all(
      done.error.faults.map(async (fault) => [FIELD_OF[fault.kind], await faultText(fault)] as const),
    )
    const [[, first] = []] = errors
    const message = errors.length === 1 && first ? first : (await getTranslations('people'))('setUp.errors')
    return refused(message, { typed, errors: Object.fromEntries(errors) })
  },
})
