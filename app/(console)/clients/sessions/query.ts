import { SUBMISSION_SESSIONS_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { DAY_MS, HOUR_MS, isUuid } from '@/lib/kernel'
import { SESSION_REFUSALS } from '@/lib/submission/refusal'
import type { SessionFilter } from '@/lib/submission/store/sessions'

const PERIOD_MS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS } as const
export type Period = keyof typeof PERIOD_MS
export const PERIODS = Object.keys(PERIOD_MS) as Period[]

/** The conditions as they are in the address; an empty one is not set. The refusal is a code, or `any`. */
export const NO_CONDITIONS = { time: 'week' as Period, client: '', text: '', refusal: '' }
type Conditions = typeof NO_CONDITIONS

export type SessionsRequest = ReturnType<typeof readSessionsRequest>

export function readSessionsRequest(params: SearchParams, now: Date) {
  const time = PERIODS.find((known) => known === params.time) ?? 'week'
  const client = isUuid(params.client) ? params.client : ''
  const text = textIn(params, 'text')
  const refusal = ['any', ...SESSION_REFUSALS].find((known) => known === params.refusal) ?? ''
  const filter: SessionFilter = {
    since: new Date(now.getTime() - PERIOD_MS[time]),
    ...(client && { clientId: client }),
    ...(text && { text }),
    ...(refusal && { refusal }),
  }
  // The page begins after this session; null for the newest.
  const before = isUuid(params.before) ? params.before : null
  return { time, client, text, refusal, filter, before }
}

export const queryOf = ({ time, client, text, refusal }: Conditions) => ({
  time: time === NO_CONDITIONS.time ? null : time,
  client,
  text,
  refusal,
})

export const sessionsHref = (conditions: Conditions, before: string | null = null) =>
  withQuery(SUBMISSION_SESSIONS_PATH, { ...queryOf(conditions), before })

export const isFiltered = (conditions: Conditions): boolean => Object.values(queryOf(conditions)).some(Boolean)
