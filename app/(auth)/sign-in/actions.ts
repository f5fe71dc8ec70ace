'use server'

import { redirect } from 'next/navigation'
import { type Outcome, refused, textOf, typedIn } from '@/app/_form/outcome'
import { entryAction } from '@/app/_server/entry-action'
import { faultText } from '@/app/_server/faults'
import { setCookies, setLocaleCookie } from '@/app/_server/set-cookies'
import { getTranslations } from '@/app/_server/translations'
import { ENROL_PATH, SIGN_IN_CODE_PATH, SIGN_IN_PATH, withQuery } from '@/app/paths'
import type { SignInStep } from '@/lib/accounts/terms'
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
    return leadOn(entered.value, nextIn(form))
  },
})

export const codeAction = entryAction<Outcome>({
  name: 'sign-in.code',
  permission: 'anyone',
  refused: (message) => refused(message),
  async run(call, form) {
    const entered = await services().signIn.enterCode(call, new Redacted(textOf(form, 'code')))
    if (entered.ok) return leadOn(entered.value, nextIn(form))
    const { error } = entered
    if (error.kind === 'no-challenge') redirect(withQuery(SIGN_IN_PATH, { done: 'again', next: nextIn(form) }))
    return refused(
      error.kind === 'refused' ? (await getTranslations('people'))('fault.wrong-code') : await faultText(error),
    )
  },
})

/** The page that a person wanted to see before they were asked to sign in. */
const nextIn = (form: FormData) => sitePathIn(textOf(form, 'next'))

/** To the code of the second factor, or into the console. */
async function leadOn(step: SignInStep, next: ReturnType<typeof nextIn>): Promise<never> {
  await setCookies(step.cookies)
  if (step.kind === 'second-factor') redirect(withQuery(SIGN_IN_CODE_PATH, { next }))
  if (step.locale !== null) await setLocaleCookie(step.locale)
  redirect(step.mustEnrol ? ENROL_PATH : (next ?? '/'))
}
