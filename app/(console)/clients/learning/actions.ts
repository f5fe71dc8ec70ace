'use server'

import { type Outcome, refused, textOf } from '@/app/_form/outcome'
import { backTo, leadToPage, plainAction } from '@/app/_server/actions'
import { formAction } from '@/app/_server/form-action'
import { LEARNING_PATH } from '@/app/paths'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { parseLearning } from '@/lib/submission/learning'
import { validationTexts } from '@/lib/validation/validation-error'
import { clientIn, fieldsIn } from '../_form/form-data'

const typedIn = (form: FormData) => {
  const { networks, senders } = fieldsIn(form)
  return { networks, senders, minutes: textOf(form, 'minutes') }
}

export const startLearningAction = formAction<Outcome>({
  name: 'learning.start',
  permission: 'clients:write',
  // As with a new client, errors come before the question for the password.
  fresh: async (form) => parseLearning(typedIn(form), services().clock.now()).ok,
  refused: (message, form, _, confirm) => refused(message, { typed: typedIn(form), confirm }),
  async run(caller, form) {
    const typed = typedIn(form)
    const started = await services().submission.learning.start(caller, { ...typed, minutes: Number(typed.minutes) })
    if (started.ok) return leadToPage(LEARNING_PATH, { done: 'learning' })
    const errors = validationTexts(translatorFor(caller.locale, 'validation'), started.error)
    return refused(translatorFor(caller.locale, 'clients')('learning.errors'), { typed, errors })
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
