'use server'

import { textOf } from '@/app/_form/outcome'
import { formAction } from '@/app/_server/form-action'
import { leadToPage } from '@/app/_server/lead-to-page'
import { backTo, plainAction } from '@/app/_server/plain-action'
import { LEARNING_PATH } from '@/app/paths'
import type { Confirmation } from '@/components/confirm-fields'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { validationTexts } from '@/lib/validation/validation-error'
import { clientIn, fieldsIn } from '../_form/form-data'

/** What the form that starts learning mode shows after it was sent. */
export interface LearningState {
  /** Why it was not started; null before the form is sent. */
  message: string | null
  errors: { networks?: string; senders?: string }
  typed: { networks: string; senders: string; minutes: string }
  confirm?: Confirmation | null
}

const typedIn = (form: FormData): LearningState['typed'] => {
  const { networks, senders } = fieldsIn(form)
  return { networks, senders, minutes: textOf(form, 'minutes') }
}

export const startLearningAction = formAction<LearningState>({
  name: 'learning.start',
  permission: 'clients:write',
  fresh: true,
  refused: (message, form, _, confirm) => ({ message, errors: {}, typed: typedIn(form), confirm }),
  async run(caller, form) {
    const typed = typedIn(form)
    const started = await services().submission.learning.start(caller, { ...typed, minutes: Number(typed.minutes) })
    if (!started.ok) {
      const message = translatorFor(caller.locale, 'clients')('learning.errors')
      const errors = validationTexts(translatorFor(caller.locale, 'validation'), started.error)
      return { message, errors, typed, confirm: null }
    }
    return leadToPage(LEARNING_PATH, { done: 'learning' })
  },
})

export const stopLearningAction = plainAction({
  name: 'learning.stop',
  permission: 'clients:write',
  refused: backTo(LEARNING_PATH),
  async run(caller, form) {
    await services().submission.learning.stop(caller, clientIn(form).id)
    leadToPage(LEARNING_PATH, { done: 'stopped' })
  },
})
