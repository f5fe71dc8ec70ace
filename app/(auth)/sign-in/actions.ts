'use server'

import { redirect } from 'next/navigation'
import { type Outcome, refused, textOf, typedIn } from '@/app/_form/outcome'
import { entryAction } from '@/app/_server/entry-action'
import { faultText } from '@/app/_server/faults'
import { setCookies, setLocaleCookie } from '@/app/_server/set-cookies'
import { ENROL_PATH, SIGN_IN_CODE_PATH, withQuery } from '@/app/paths'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'
import { sitePathIn } from '@/lib/validation/site-path'

export const passwordAction = entryAction<Outcome>({
  name: 'sign-in.password',
  permission: 'anyone',
  refused: (message, form) => refused(message, { typed: typedIn(form, ['email']) }),
  async run(call, form) {
    const [email, password] = [textOf(form, 'email'), new Redacted(textOf(form, 'password'))]
    const entered = await services().signIn.enterPassword(call, email, password)
    if (!entered.ok) return refused(await faultText(entered.error), { typed: typedIn(form, ['email']) })
    const step = entered.value
    await setCookies(step.cookies)
    const next = sitePathIn(textOf(form, 'next'))
    if (step.kind === 'second-factor') redirect(withQuery(SIGN_IN_CODE_PATH, { next }))
    if (step.locale !== null) await setLocaleCookie(step.locale)
    redirect(step.mustEnrol ? ENROL_PATH : (next ?? '/'))
  },
})
