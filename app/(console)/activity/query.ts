import type { Route } from 'next'
import { ACTIVITY_PATH, withQuery } from '@/app/paths'
import { AUDIT_ACTIONS, AUDIT_RESULTS } from '@/lib/audit/entry'
import type { AuditCursor, AuditFilter } from '@/lib/audit/log'
import { DAY_MS } from '@/lib/kernel/time'

/** What stands in the page's address, and so in the filter form: every value a plain text, empty when absent. */
export interface ActivityQuery {
  action: string
  result: string
  actor: string
  from: string
  until: string
  text: string
}

export interface ActivityRequest {
  /** As typed, to fill the form again. */
  query: ActivityQuery
  filter: AuditFilter
  cursor: AuditCursor
  /** Texts that should have been a day. */
  badDays: string[]
}

type SearchParams = Record<string, string | string[] | undefined>

/** Longer text finds nothing: no stored value is longer than 512 characters, and people type less. */
const TYPED_CHARS_MAX = 200
const SEQUENCE_DIGITS_MAX = 18

/** Reads the address. An unknown event or result, or a number that is none, asks for everything, as if it were absent. */
export function readActivityRequest(params: SearchParams): ActivityRequest {
  const typed = (name: string): string => {
    const value = params[name]
    // The database refuses to look for a NUL, and no stored text holds one.
    return (typeof value === 'string' ? value : '').replaceAll('\0', '').trim().slice(0, TYPED_CHARS_MAX)
  }
  const query = {
    action: typed('action'),
    result: typed('result'),
    actor: typed('actor'),
    from: typed('from'),
    until: typed('until'),
    text: typed('text'),
  }
  const action = AUDIT_ACTIONS.find((known) => known === query.action)
  const result = AUDIT_RESULTS.find((known) => known === query.result)
  const from = dayOf(query.from)
  const lastDay = dayOf(query.until)
  return {
    query,
    filter: {
      ...(action && { action }),
      ...(result && { result }),
      ...(query.actor && { actor: query.actor }),
      ...(from && { from }),
      ...(lastDay && { until: new Date(lastDay.getTime() + DAY_MS) }), // the day itself is wanted too
      ...(query.text && { text: query.text }),
    },
    cursor: cursorOf(typed('before'), typed('after')),
    badDays: [query.from, query.until].filter((text) => text !== '' && dayOf(text) === null),
  }
}

/** The first instant of a day in UTC; null for what is no day of the calendar, such as 2027-02-30. */
function dayOf(text: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? day : null
}

function cursorOf(before: string, after: string): AuditCursor {
  const sequence = before || after
  if (!/^\d+$/.test(sequence) || sequence.length > SEQUENCE_DIGITS_MAX) return { kind: 'newest' }
  return { kind: before ? 'before' : 'after', sequence: BigInt(sequence) }
}

/** The address of the same list at another place. */
export function activityHref(query: ActivityQuery, cursor: AuditCursor): Route {
  const place = cursor.kind === 'newest' ? {} : { [cursor.kind]: cursor.sequence.toString() }
  return withQuery(ACTIVITY_PATH, { ...query, ...place })
}
