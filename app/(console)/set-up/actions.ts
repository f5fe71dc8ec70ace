'use server'

import { revalidatePath } from 'next/cache'
import { uuidOf } from '@/app/_form/fields'
import { formActions } from '@/app/_server/actions'
import type { OperatorCaller } from '@/app/_server/caller'
import { SET_UP_PATH } from '@/app/paths'
import { type KeyUnder, translatorFor } from '@/lib/i18n/translations'
import { MINUTE_MS } from '@/lib/kernel'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import { codeTitle } from '../_connection-test/code-title'

/** What the forms for tests show after they were submitted, in the reader's language. */
export type TestState =
  | { kind: 'untouched' }
  | { kind: 'refused'; message: string }
  | { kind: 'done'; message?: string; testId?: string }

const refused = (message: string): TestState => ({ kind: 'refused', message })
const test = formActions<TestState>({ permission: 'mail-server:test', refused })

const refusal = (why: KeyUnder<'set-up', 'propagation.refused'>, { locale }: OperatorCaller): TestState =>
  refused(translatorFor(locale, 'set-up')(`propagation.refused.${why}`))

function done(answer: { message?: string; testId?: string } = {}): TestState {
  revalidatePath(SET_UP_PATH)
  return { kind: 'done', ...answer }
}

/** Tests the saved settings with a message to the person who asks, so that the steps show what the test saw. */
export const checkAction = test('set-up.check', async (caller, form) => {
  const t = translatorFor(caller.locale, 'set-up')
  const tested = await services().setupGuide.check(caller, uuidOf(form, 'server'), caller.actor.email)
  if (tested.kind === 'nothing-saved') return refusal(tested.kind, caller)
  if (tested.kind === 'too-many')
    return refused(t('check.too-many', { minutes: Math.max(1, Math.ceil(tested.retryAfterMs / MINUTE_MS)) }))
  if (tested.outcome === 'accepted') return done({ message: t('check.accepted'), testId: tested.testId })
  const title = codeTitle(tested.code, translatorFor(caller.locale, 'diagnosis')) ?? tested.code ?? ''
  return done({ message: t('check.failed', { title }), testId: tested.testId })
})

export const startRetryAction = test('set-up.start-retry', async (caller, form) => {
  const to = parseRecipientEmail(form.get('testTo'))
  if (!to.ok) return refusal('recipient', caller)
  const started = await services().setupGuide.startRetry(caller, uuidOf(form, 'server'), to.value)
  return started.ok ? done() : refusal(started.error, caller)
})

export const cancelRetryAction = test('set-up.cancel-retry', async (caller, form) => {
  const cancelled = await services().setupGuide.cancelRetry(caller, uuidOf(form, 'server'))
  return cancelled.ok ? done() : refusal(cancelled.error, caller)
})
