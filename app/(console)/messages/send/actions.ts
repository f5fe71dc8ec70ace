'use server'

import { redirect } from 'next/navigation'
import { textOf } from '@/app/_form/outcome'
import { formActions } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { messagePath, withQuery } from '@/app/paths'
import { type Locale, translatorFor } from '@/lib/i18n/translations'
import { fail, recordOf } from '@/lib/kernel'
import { services } from '@/lib/services'
import type { OperatorMessageFault } from '@/lib/submission/operator-message'
import { refusalText } from '@/lib/submission/refusal'
import { validationTexts } from '@/lib/validation/validation-error'
import type { Simulation } from '../../policy/_editor/form-state'
import { runSimulation } from '../../policy/_editor/submit'

const SEND_FIELDS = ['from', 'to', 'subject', 'text'] as const
type SendField = (typeof SEND_FIELDS)[number]

/** What the form shows: the values as they were typed, and what is wrong with them or what would happen. */
export interface SendState {
  values: Record<SendField, string>
  errors: Partial<Record<SendField, string>>
  refused: string | null
  simulation: Simulation | null
}

const send = formActions<SendState>('messages:send', (message, form) => ({ ...untouched(form), refused: message }))

/** Shows what would happen to a message, or sends it. The page of the message follows. */
export const sendAction = send('messages.send', async (caller, form) => {
  const state = untouched(form)
  if (form.get('do') !== 'send') return checked(state, caller.locale)
  const act = async () => {
    const sent = await services().operatorMessages.send(caller, { ...state.values, as: '' })
    return sent.ok ? sent : fail(withFault(state, sent.error, caller.locale))
  }
  const outcome = await once(caller, 'message.send', form, act, () => ({
    ...state,
    refused: translatorFor(caller.locale, 'messages')('send.token'),
  }))
  if (!outcome.ok) return outcome.error
  redirect(withQuery(messagePath(outcome.value.id), { done: 'sent' }))
})

const untouched = (form: FormData): SendState => ({
  values: recordOf(SEND_FIELDS, (field) => textOf(form, field)),
  errors: {},
  refused: null,
  simulation: null,
})

/** What the sender simulator says; its fields have other names. */
async function checked(state: SendState, locale: Locale): Promise<SendState> {
  const simulation = await runSimulation({ originator: state.values.from, recipients: state.values.to }, locale, null)
  const errors = simulation.outcome.kind === 'errors' ? simulation.outcome.errors : {}
  const [from, to] = [errors.originator?.join(' '), errors.recipients?.join(' ')]
  return { ...state, simulation, errors: { ...(from && { from }), ...(to && { to }) } }
}

function withFault(state: SendState, fault: OperatorMessageFault, locale: Locale): SendState {
  if (fault.kind === 'refused')
    return { ...state, refused: refusalText(translatorFor(locale, 'submission'), fault.refusal) }
  return { ...state, errors: validationTexts(translatorFor(locale, 'validation'), fault.errors) }
}
