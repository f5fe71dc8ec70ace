'use server'

import { redirect } from 'next/navigation'
import { refused, refusedConfirmation, textOf } from '@/app/_form/outcome'
import { freshSession, takeConfirmation } from '@/app/_server/confirmation'
import { entryActions } from '@/app/_server/entry-action'
import { SIGN_IN_PATH } from '@/app/paths'
import { sitePathIn } from '@/lib/validation/site-path'

const confirm = entryActions('signed-in', (message) => refused(message))

export const confirmAction = confirm('sign-in.confirm', async (call, form) => {
  if (!call.session) redirect(SIGN_IN_PATH)
  const fresh = await freshSession(call, call.session, takeConfirmation(form), {
    what: 'sign-in.confirm',
    always: false,
  })
  if ('confirmation' in fresh) return refusedConfirmation(fresh.confirmation)
  redirect(sitePathIn(textOf(form, 'next')) ?? '/')
})
