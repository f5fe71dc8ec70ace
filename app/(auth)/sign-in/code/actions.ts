'use server'

import { redirect } from 'next/navigation'
import { type Outcome, refused, textOf } from '@/app/_form/outcome'
import { entryAction } from '@/app/_server/entry-action'
import { faultText } from '@/app/_server/faults'
import { setCookies, setLocaleCookie } from '@/app/_server/set-cookies'
import { getTranslations } from '@/app/_server/translations'
import { ENROL_PATH, SIGN_IN_CODE_PATH, SIGN_IN_PATH, withQuery } from '@/app/paths'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'
import { sitePathIn } from '@/lib/validation/site-path'

export const codeAction = entryAction<Outcome>({
  name: 'sign-in.code',
  permission: 'anyone',
  refused: (message) => refused(message),
  async run(call, form) {
    const entered = await services().signIn.enterCode(call, new Redacted(textOf(form, 'code')))
    const next = sitePathIn(textOf(form, 'next'))
    if (!entered.ok) {
      const { error } = entered
      if (error.kind === 'no-challenge') redirect(withQuery(SIGN_IN_PATH, { done: 'again', next }))
      return refused(
        error.kind === 'refused' ? (await getTranslations('people'))('fault.wrong-code') : await faultText(error),
      )
    }
    const step = entered.value
    await setCookies(step.cookies)
    if (step.kind !== 'signed-in') redirect(SIGN_IN_CODE_PATH)
    if (step.locale !== null) await setLocaleCookie(step.locale)
    redirect(step.mustEnrol ? ENROL_PATH : (next ?? '/'))
  },
})
