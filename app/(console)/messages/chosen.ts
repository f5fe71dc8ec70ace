import type { Route } from 'next'
import { CANCEL_MESSAGES_PATH } from '@/app/paths'
import { isUuid } from '@/lib/kernel/ids'
import { CHANGED_AT_ONCE_MAX, type Chosen } from '@/lib/outbox/change-messages'
import { requestIn } from './query'

/** A page of the list has fewer checkboxes, so a form with more was not filled in by a person. */
const CHOSEN_MAX = 100
/** Of a form that changes messages: those that say which, and where it returns to. */
const FIELDS = ['id', 'all', 'matching', 'back'] as const
/** The value of a button that asks first. */
export const ASKS_TO_CANCEL = 'ask-cancel'

type Values = Pick<FormData, 'get' | 'getAll'>

/** The chosen messages, or all that the form's filter selects. */
export const chosenIn = (form: Values, now: Date): Chosen =>
  form.get('all') === null
    ? { ids: form.getAll('id').filter(isUuid).slice(0, CHOSEN_MAX) }
    : { filter: requestIn(form.get('matching'), now).filter }

/** What a form says about the chosen messages, for the page that asks before they are cancelled. */
export function chosenFields(form: Values): [name: string, value: string][] {
  return FIELDS.flatMap((name) =>
    form.getAll(name).flatMap((value): [string, string][] => (typeof value === 'string' ? [[name, value]] : [])),
  ).slice(0, CHOSEN_MAX + FIELDS.length)
}

/** The page that asks before the chosen messages are cancelled. */
export const cancelHref = (form: Values): Route =>
  `${CANCEL_MESSAGES_PATH}?${new URLSearchParams(chosenFields(form))}` as Route

/** The confirmations that the next page shows. If a filter may select more, it says so; to attempt more at once would change nothing. */
export const doneBy = (change: string | null, count: number): string =>
  count === 0 || change === null
    ? 'none'
    : count === CHANGED_AT_ONCE_MAX && change !== 'try-now'
      ? `${change} most`
      : change
