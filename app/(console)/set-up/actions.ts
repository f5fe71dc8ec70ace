'use server'

import { revalidatePath } from 'next/cache'
import { formAction } from '@/app/_server/form-action'
import { SET_UP_PATH } from '@/app/paths'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { parseRecipientEmail } from '@/lib/validation/email-address'
import { serverIn } from '../mail-server/_server/server-data'
import type { RetryState } from './retry-state'

export const startRetryAction = formAction<RetryState>({
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

export const cancelRetryAction = formAction<RetryState>({
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
