'use server'

import { redirect } from 'next/navigation'
import { refused, textOf, typedIn } from '@/app/_form/outcome'
import { entryActions } from '@/app/_server/entry-action'
import { refusedBecause } from '@/app/_server/faults'
import { setCookies } from '@/app/_server/set-cookies'
import { SIGN_IN_PATH } from '@/app/paths'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'

const SHOWN_AGAIN = ['email', 'name']
const FIELD_OF = { 'email-missing': 'email', 'email-invalid': 'email', name: 'name', password: 'password' } as const

const setUp = entryActions('anyone', (message, form) => refused(message, { typed: typedIn(form, SHOWN_AGAIN) }))

export const setUpAction = setUp('setup.choose-password', async (call, form) => {
  const done = await services().signIn.setUp(call, {
    token: new Redacted(textOf(form, 'token')),
    email: textOf(form, 'email'),
    name: textOf(form, 'name'),
    password: new Redacted(textOf(form, 'password')),
  })
  if (!done.ok) return refusedBecause(done.error, FIELD_OF, typedIn(form, SHOWN_AGAIN))
  await setCookies(done.value)
  redirect(`${SIGN_IN_PATH}?done=set-up`)
})
