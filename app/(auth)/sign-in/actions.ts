'use server'

import { redirect } from 'next/navigation'
import { refused, textOf, typedIn } from '@/app/_form/outcome'
import { entryActions } from '@/app/_server/entry-action'
import { faultText } from '@/app/_server/faults'
import { setCookies, setLocaleCookie } from '@/app/_server/set-cookies'
import { getTranslations } from '@/app/_server/translations'
import { ENROL_PATH, SIGN_IN_CODE_PATH, SIGN_IN_PATH, withQuery } from '@/app/paths'
import type { SignInStep } from '@/lib/accounts/terms'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'
import { sitePathIn } from '@/lib/validation/site-path'

const enterPassword = entryActions('anyone', (message, form) => refused(message, { typed: typedIn(form, ['email']) }))

export const passwordAction = enterPassword('sign-in.password', async (call, form) => {
  const [email, password] = [textOf(form, 'email'), new Redacted(textOf(form, 'password'))]
  const entered = await services().signIn.enterPassword(call, email, password)
  if (!entered.ok) return refused(await faultText(entered.error), { typed: typedIn(form, ['email']) })
  return leadOn(entered.value, nextIn(form))
})

const enterCode = entryActions('anyone', (message) => refused(message))

export const codeAction = enterCode('sign-in.code', async (call, form) => {
  const entered = await services().signIn.enterCode(call, new Redacted(textOf(form, 'code')))
  if (entered.ok) return leadOn(entered.value, nextIn(form))
  const { error } = entered
  if (error.kind === 'no-challenge') redirect(withQuery(SIGN_IN_PATH, { done: 'again', next: nextIn(form) }))
  if (error.kind !== 'refused') return refused(await faultText(error))
  const wrong = (await getTranslations('people'))('fault.wrong-code')
  return refused(wrong, { errors: { code: wrong } })
})

/** The page that a person wanted to see before they were asked to sign in. */
const nextIn = (form: FormData) => sitePathIn(textOf(form, 'next'))

async function leadOn(step: SignInStep, next: ReturnType<typeof nextIn>): Promise<never> {
  await setCookies(step.cookies)
  if (step.kind === 'second-factor') redirect(withQuery(SIGN_IN_CODE_PATH, { next }))
  if (step.locale !== null) await setLocaleCookie(step.locale)
  redirect(step.mustEnrol ? ENROL_PATH : (next ?? '/'))
}
