'use server'

import { type Outcome, refused, textOf } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { formActions, showEverywhere } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { backTo, leadToPage, plainActions } from '@/app/_server/plain-action'
import { LEARNING_PATH } from '@/app/paths'
import { translatorFor } from '@/lib/i18n/translations'
import { fail } from '@/lib/kernel'
import { services } from '@/lib/services'
import { parseLearning, type StartFault } from '@/lib/submission/learning'
import { validationTexts } from '@/lib/validation/validation-error'
import { clientIdIn, fieldsIn } from '../_form/form-data'

const typedIn = (form: FormData) => {
  const { networks, senders } = fieldsIn(form)
  return { networks, senders, minutes: textOf(form, 'minutes'), replaces: textOf(form, 'replaces') }
}

const start = formActions(
  'clients:write',
  (message, form, _, confirm) => refused(message, { typed: typedIn(form), confirm }),
  {
    // As with a new client, errors come before the question for the password.
    fresh: async (form) => parseLearning(typedIn(form), services().clock.now()).ok,
  },
)

export const startLearningAction = start('learning.start', async (caller, form) => {
  const typed = typedIn(form)
  const act = async () => {
    const started = await services().submission.learning.start(caller, { ...typed, minutes: Number(typed.minutes) })
    if (started.ok) return started
    if (started.error.kind === 'changed') return fail(refusedOver(started.error, typed, caller))
    const errors = validationTexts(translatorFor(caller.locale, 'validation'), started.error.errors)
    return fail(refused(translatorFor(caller.locale, 'clients')('learning.errors'), { typed, errors }))
  }
  const outcome = await once(caller, 'learning.start', form, act, (message) => refused(message, { typed }))
  return outcome.ok ? leadToPage(LEARNING_PATH, { done: 'learning' }) : outcome.error
})

/** Another person has started it since the page was opened. What runs is in the answer, and the form, sent again, replaces it. */
function refusedOver(
  { client, until }: Extract<StartFault, { kind: 'changed' }>,
  typed: ReturnType<typeof typedIn>,
  caller: OperatorCaller,
): Outcome {
  const t = translatorFor(caller.locale, 'clients')
  const values = { networks: client.networks.join(', '), time: t.clockTime(until), by: t.actor(client.createdBy) }
  showEverywhere()
  return refused(t('learning.running', values), { typed: { ...typed, replaces: client.id } })
}

const stop = plainActions('clients:write', backTo(LEARNING_PATH))

export const stopLearningAction = stop('learning.stop', async (caller, form) => {
  await services().submission.learning.stop(caller, clientIdIn(form))
  leadToPage(LEARNING_PATH, { done: 'stopped' })
})
