'use server'

import { revalidatePath } from 'next/cache'
import { uuidOf } from '@/app/_form/fields'
import { type Outcome, refused, succeeded, typedIn } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { formActions } from '@/app/_server/form-action'
import { SET_UP_PATH } from '@/app/paths'
import { faultTitle } from '@/lib/diagnosis'
import { type KeyUnder, translatorFor } from '@/lib/i18n/translations'
import { MINUTE_MS } from '@/lib/kernel'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'

const refusal = (why: KeyUnder<'set-up', 'propagation.refused'>, { locale }: OperatorCaller): string =>
  translatorFor(locale, 'set-up')(`propagation.refused.${why}`)

type CheckState =
  | { kind: 'untouched' }
  | { kind: 'refused'; message: string }
  | { kind: 'done'; message: string; testId: string }

const check = formActions<CheckState>('mail-server:test', (message) => ({ kind: 'refused', message }))

/** Tests the saved settings with a message to the person who asks, so that the steps show what the test saw. */
export const checkAction = check('set-up.check', async (caller, form) => {
  const t = translatorFor(caller.locale, 'set-up')
  const tested = await services().setupGuide.check(caller, uuidOf(form, 'server'), caller.actor.email)
  if (tested.kind === 'nothing-saved') return { kind: 'refused', message: refusal(tested.kind, caller) }
  if (tested.kind === 'too-many') {
    const minutes = Math.max(1, Math.ceil(tested.retryAfterMs / MINUTE_MS))
    return { kind: 'refused', message: t('check.too-many', { minutes }) }
  }
  revalidatePath(SET_UP_PATH)
  const { testId, outcome, code } = tested
  const title = code === null ? '' : faultTitle(code, caller.locale)
  return {
    kind: 'done',
    message: outcome === 'accepted' ? t('check.accepted') : t('check.failed', { title }),
    testId,
  }
})

const refusedRecipient = (message: string, form: FormData): Outcome =>
  refused(message, { errors: { testTo: message }, typed: typedIn(form, ['testTo']) })

const retry = formActions('mail-server:test', refusedRecipient)

export const startRetryAction = retry('set-up.start-retry', async (caller, form) => {
  const to = parseRecipientEmail(form.get('testTo'))
  if (!to.ok) return refusedRecipient(refusal('recipient', caller), form)
  const started = await services().setupGuide.startRetry(caller, uuidOf(form, 'server'), to.value)
  if (!started.ok) return refusedRecipient(refusal(started.error, caller), form)
  revalidatePath(SET_UP_PATH)
  return succeeded()
})

export const cancelRetryAction = retry('set-up.cancel-retry', async (caller, form) => {
  const cancelled = await services().setupGuide.cancelRetry(caller, uuidOf(form, 'server'))
  if (!cancelled.ok) return refused(refusal(cancelled.error, caller))
  revalidatePath(SET_UP_PATH)
  return succeeded(translatorFor(caller.locale, 'set-up')('propagation.ended.cancelled'))
})
