'use server'

import type { Route } from 'next'
import { redirect } from 'next/navigation'
import { faultText } from '@/app/_server/faults'
import { entryAction } from '@/app/_server/form-action'
import { setCookies, setLocaleCookie } from '@/app/_server/set-cookies'
import { words } from '@/app/_server/words'
import { Redacted } from '@/lib/kernel/redacted'
import { parseCallbackUrl } from '@/lib/kernel/site-path'
import { wiring } from '@/lib/wiring'
import { type Outcome, refused, textOf } from '../../_form/outcome'

export const codeAction = entryAction<Outcome>({
  name: 'sign-in.code',
  permission: 'anyone',
  refused: (message) => refused(message),
  async run(call, form) {
    const { signIn, environment } = wiring()
    const entered = await signIn.enterCode(call, new Redacted(textOf(form, 'code')))
    if (!entered.ok) {
      const { error } = entered
      return refused(error.kind === 'refused' ? (await words('people'))('fault.wrong-code') : await faultText(error))
    }
    const step = entered.value
    await setCookies(step.cookies)
    if (step.kind !== 'signed-in') redirect('/sign-in/code')
    if (step.locale !== null) await setLocaleCookie(step.locale, environment.baseUrl.protocol === 'https:')
    const next = parseCallbackUrl(textOf(form, 'next'))
    redirect(step.mustEnrol ? '/enrol' : next.ok ? (next.value as Route) : '/')
  },
})
