'use server'

import { redirect } from 'next/navigation'
import { refused, refusedConfirmation, textOf } from '@/app/_form/outcome'
import { requireFresh } from '@/app/_server/caller'
import { freshSession, takeConfirmation } from '@/app/_server/confirmation'
import { entryActions } from '@/app/_server/entry-action'
import { faultText } from '@/app/_server/faults'
import { currentCall } from '@/app/_server/request'
import { setCookies } from '@/app/_server/set-cookies'
import { ACCOUNT_PATH, ENROL_PATH, NOTICE_PATH, SIGN_IN_PATH } from '@/app/paths'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'

const signedIn = entryActions('signed-in', (message) => refused(message))

export const beginAction = signedIn('second-factor.begin', async (call, form) => {
  if (!call.session) redirect(SIGN_IN_PATH)
  const fresh = await freshSession(call, call.session, takeConfirmation(form), {
    what: 'second-factor.begin',
    always: false,
  })
  if ('confirmation' in fresh) return refusedConfirmation(fresh.confirmation)
  const { headers } = await currentCall()
  const begun = await services().signIn.beginEnrolment({ ...call, headers }, fresh.session)
  if (!begun.ok) {
    const { error } = begun
    if (error.kind === 'already-enrolled') redirect(ACCOUNT_PATH)
    return refused(await faultText(error))
  }
  redirect(ENROL_PATH)
})

/** The page says that the code has expired, unless there is one. */
const EXPIRED_PATH = `${ENROL_PATH}?expired=1` as const

export const confirmAction = signedIn('second-factor.confirm', async (call, form) => {
  if (!call.session) redirect(SIGN_IN_PATH)
  await requireFresh(call.session, EXPIRED_PATH)
  const confirmed = await services().signIn.confirmEnrolment(call, call.session, new Redacted(textOf(form, 'code')))
  if (!confirmed.ok && confirmed.error.kind === 'not-enrolling') redirect(EXPIRED_PATH)
  if (!confirmed.ok) {
    const message = await faultText(confirmed.error)
    return refused(message, confirmed.error.kind === 'wrong-code' ? { errors: { code: message } } : {})
  }
  await setCookies(confirmed.value)
  redirect(call.session.mustEnrol ? `${NOTICE_PATH}?first=1` : NOTICE_PATH)
})
