import type { Route } from 'next'
import { SUBMISSION_SESSIONS_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { isUuid } from '@/lib/kernel/ids'
import { DAY_MS, HOUR_MS } from '@/lib/kernel/time'
import { SESSION_REFUSALS } from '@/lib/submission/refusal'
import type { SessionFilter } from '@/lib/submission/store/sessions'

const PERIOD_MS = { hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS } as const
export type Period = keyof typeof PERIOD_MS
export const PERIODS = Object.keys(PERIOD_MS) as Period[]

/** The conditions as they are in the address; an empty one is not set. */
export interface Conditions {
  time: Period
  client: string
  /** An IP address, or part of what a client called itself. */
  text: string
  /** A code, or `any`. */
  refusal: string
}
export const NO_CONDITIONS: Conditions = { time: 'week', client: '', text: '', refusal: '' }

export interface SessionsRequest extends Conditions {
  filter: SessionFilter
  /** The page begins after this session; null for the newest. */
  before: string | null
}

/** Reads the query of the address. An unknown value counts as absent. */
export function readSessionsRequest(params: SearchParams, now: Date): SessionsRequest {
  const time = PERIODS.find((known) => known === params.time) ?? 'week'
  const client = isUuid(params.client) ? params.client : ''
  const text = textIn(params, 'text')
  const refusal = ['any', ...SESSION_REFUSALS].find((known) => known === params.refusal) ?? ''
  return {
    time,
    client,
    text,
    refusal,
    filter: {
      since: new Date(now.getTime() - PERIOD_MS[time]),
      ...(client && { clientId: client }),
      ...(text && { text }),
      ...(refusal && { refusal }),
    },
    before: isUuid(params.before) ? params.before : null,
  }
}

export const queryOf = ({ time, client, text, refusal }: Conditions) => ({
  time: time === 'week' ? null : time,
  client,
  text,
  refusal,
})

export const sessionsHref = (conditions: Conditions, before: string | null = null): Route =>
  withQuery(SUBMISSION_SESSIONS_PATH, { ...queryOf(conditions), before })

export const isFiltered = (conditions: Conditions): boolean => Object.values(queryOf(conditions)).some(Boolean)
