'use server'

import { revalidatePath } from 'next/cache'
import { formAction } from '@/app/_server/form-action'
import { SET_UP_PATH } from '@/app/paths'
import { translatorFor } from '@/lib/i18n/translations'
import { MINUTE_MS } from '@/lib/kernel/time'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import { codeTitle } from '../_connection-test/code-title'
import { serverIn } from '../mail-server/_server/server-data'
import type { TestState } from './test-state'

/** Tests the saved settings with a message to the person who asks, so that the steps show what the test saw. */
export const checkAction = formAction<TestState>({
  name: 'set-up.check',
  permission: 'mail-server:test',
  refused: (message) => ({ kind: 'refused', message }),
  async run(caller, form) {
    const t = translatorFor(caller.locale, 'set-up')
    const test = await services().setupGuide.check(caller, serverIn(form), caller.actor.email)
    if (test.kind === 'nothing-saved') return { kind: 'refused', message: t('propagation.refused.nothing-saved') }
    if (test.kind === 'too-many')
      return {
        kind: 'refused',
        message: t('check.too-many', { minutes: Math.max(1, Math.ceil(test.retryAfterMs / MINUTE_MS)) }),
      }
    revalidatePath(SET_UP_PATH)
    if (test.outcome === 'accepted') return { kind: 'done', message: t('check.accepted'), testId: test.testId }
    const title = codeTitle(test.code, translatorFor(caller.locale, 'diagnosis')) ?? test.code ?? ''
    return { kind: 'done', message: t('check.failed', { title }), testId: test.testId }
  },
})

export const startRetryAction = formAction<TestState>({
  name: 'set-up.start-retry',
  permission: 'mail-server:test',
  refused: (message) => ({ kind: 'refused', message }),
  async run(caller, form) {
    const t = translatorFor(caller.locale, 'set-up')
    const to = parseRecipientEmail(form.get('testTo'))
    if (!to.ok) return { kind: 'refused', message: t('propagation.refused.recipient') }
    const started = await services().setupGuide.startRetry(caller, serverIn(form), to.value)
    if (!started.ok) return { kind: 'refused', message: t(`propagation.refused.${started.error}`) }
    revalidatePath(SET_UP_PATH)
    return { kind: 'done' }
  },
})

export const cancelRetryAction = formAction<TestState>({
  name: 'set-up.cancel-retry',
  permission: 'mail-server:test',
  refused: (message) => ({ kind: 'refused', message }),
  async run(caller, form) {
    const t = translatorFor(caller.locale, 'set-up')
    const cancelled = await services().setupGuide.cancelRetry(caller, serverIn(form))
    if (!cancelled.ok) return { kind: 'refused', message: t(`propagation.refused.${cancelled.error}`) }
    revalidatePath(SET_UP_PATH)
    return { kind: 'done' }
  },
})
