import { MESSAGES_PATH, messagePath, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { RANGE_FIELDS, timeRangeIn } from '@/app/time-range'
import { DAY_MS, isUuid, recordOf } from '@/lib/kernel'
import { CHANGED_AT_ONCE_MAX, type Chosen } from '@/lib/outbox/change-messages'
import type { MessageState } from '@/lib/outbox/message'
import { searchTerms } from '@/lib/outbox/search-text'
import type { MessageFilter } from '@/lib/outbox/store/list'

/** The views of the list and the states that each shows; null for all. *Waiting* includes messages that are being sent. */
const STATES = {
  all: null,
  failed: ['failed'],
  waiting: ['queued', 'sending'],
  held: ['held'],
  delivered: ['delivered'],
  declined: ['declined'],
  cancelled: ['cancelled'],
  dismissed: ['dismissed'],
} as const satisfies Record<string, readonly MessageState[] | null>
export type View = keyof typeof STATES
export const VIEWS = Object.keys(STATES) as View[]

const PERIOD_DAYS = { day: 1, week: 7, month: 30, all: null, range: null } as const
export type Period = keyof typeof PERIOD_DAYS
export const PERIODS = Object.keys(PERIOD_DAYS) as Period[]

const FILTERS = [...RANGE_FIELDS, 'server', 'fault', 'sender', 'rule', 'source', 'client', 'behalf', 'text'] as const

/** The conditions as they are in the address; an empty one is not set. */
export type Conditions = Record<(typeof FILTERS)[number], string> & { view: View; time: Period }

/** Everything of the last 24 hours. */
export const NO_CONDITIONS: Conditions = {
  ...recordOf(FILTERS, () => ''),
  view: 'all',
  time: 'day',
}

export type MessagesRequest = ReturnType<typeof readMessagesRequest>

export function readMessagesRequest(params: SearchParams, now: Date) {
  const view = VIEWS.find((known) => known === params.view) ?? 'all'
  const period = PERIODS.find((known) => known === params.time) ?? 'day'
  // The form sends the fields of a range even if another period is chosen.
  const { range, moments, ...faults } = timeRangeIn(period === 'range' ? params : {})
  const time = period === 'range' && Object.keys(moments).length === 0 ? 'all' : period
  const values = { ...recordOf(FILTERS, (name) => textIn(params, name)), ...range }
  const { fault, sender, rule, source, behalf, text } = values
  const server = isUuid(values.server) ? values.server : ''
  const client = isUuid(values.client) ? values.client : ''
  const terms = searchTerms(text)
  const days = PERIOD_DAYS[time]
  const filter: MessageFilter = {
    ...(STATES[view] && { states: STATES[view] }),
    ...(days && { since: new Date(now.getTime() - days * DAY_MS) }),
    ...moments,
    ...(server && { mailServerId: server }),
    ...(client && { clientId: client }),
    ...(behalf && { originator: behalf }),
    ...Object.fromEntries(Object.entries({ fault, sender, rule, source }).filter(([, value]) => value !== '')),
    ...(terms && { terms }),
  }
  return {
    ...values,
    server,
    client,
    view,
    time,
    badText: text !== '' && terms === null,
    ...faults,
    filter,
    /** The page begins after this message; null for the newest. */
    before: isUuid(params.before) ? params.before : null,
  }
}

/** The parameters of a view with its filters; those that are as usual are left out. */
export function queryOf({ view, time, ...rest }: Conditions): Record<string, string | null> {
  const filters = recordOf(FILTERS, (name) => rest[name])
  return { view: view === 'all' ? null : view, time: time === 'day' ? null : time, ...filters }
}

export const messagesHref = (
  conditions: Conditions,
  { before = null, flash = {} }: { before?: string | null; flash?: Record<string, string> } = {},
) => withQuery(MESSAGES_PATH, { ...queryOf(conditions), before, ...flash })

export const isFiltered = (conditions: Conditions): boolean =>
  conditions.view !== 'all' || FILTERS.some((name) => conditions[name] !== '')

/** In place of a list's query: the form was on the page of the mail server that it names. */
export const FROM_SERVER = 'mail-server'

/** The message or the page of the list that an action's form was on. It is parsed and built again, so a form redirects to no other address. */
export function backHref(value: unknown, flash: Record<string, string>, now: Date) {
  const text = typeof value === 'string' ? value : ''
  if (isUuid(text)) return withQuery(messagePath(text), flash)
  const request = requestIn(text, now)
  return messagesHref(request, { before: request.before, flash })
}

export const requestIn = (query: unknown, now: Date): MessagesRequest =>
  readMessagesRequest(Object.fromEntries(new URLSearchParams(typeof query === 'string' ? query : '')), now)

/** A page of the list has fewer checkboxes, so a form with more was not filled in by a person. */
const CHOSEN_MAX = 100

export const chosenIn = (form: FormData, now: Date): Chosen =>
  form.get('all') === null
    ? { ids: form.getAll('id').filter(isUuid).slice(0, CHOSEN_MAX) }
    : { filter: requestIn(form.get('matching'), now).filter }

/** The confirmations that the next page shows. If a filter may select more, it says so; to attempt more at once would change nothing. */
export function doneBy(change: string | null, count: number): string {
  if (count === 0 || change === null) return 'none'
  return count === CHANGED_AT_ONCE_MAX && change !== 'try-now' ? `${change} most` : change
}
