import { isUuid } from '@/lib/kernel'
import { CHANGED_AT_ONCE_MAX, type Chosen } from '@/lib/outbox/change-messages'
import { requestIn } from './query'

/** A page of the list has fewer checkboxes, so a form with more was not filled in by a person. */
const CHOSEN_MAX = 100

/** The chosen messages, or all that the form's filter selects. */
export const chosenIn = (form: FormData, now: Date): Chosen =>
  form.get('all') === null
    ? { ids: form.getAll('id').filter(isUuid).slice(0, CHOSEN_MAX) }
    : { filter: requestIn(form.get('matching'), now).filter }

/** The confirmations that the next page shows. If a filter may select more, it says so; to attempt more at once would change nothing. */
export const doneBy = (change: string | null, count: number): string =>
  count === 0 || change === null
    ? 'none'
    : count === CHANGED_AT_ONCE_MAX && change !== 'try-now'
      ? `${change} most`
      : change
