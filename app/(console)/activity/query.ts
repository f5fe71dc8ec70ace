import { ACTIVITY_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { RANGE_FIELDS, timeRangeIn } from '@/app/time-range'
import { AUDIT_RESULTS, type AuditCursor } from '@/lib/audit'
import { AUDIT_ACTIONS } from '@/lib/audit/actions'
import type { AuditFilter } from '@/lib/audit/entry'
import type { Translator } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'

const FIELDS = ['action', 'result', 'actor', ...RANGE_FIELDS, 'text'] as const

/** The filter in the page's address and in the form. Every value is plain text, empty when absent. */
export type ActivityQuery = Record<(typeof FIELDS)[number], string>

const SEQUENCE_DIGITS_MAX = 18

/** Parses the query string. An unknown action or result, or an invalid sequence number, counts as absent. */
export function readActivityRequest(params: SearchParams) {
  const query = recordOf(FIELDS, (name) => textIn(params, name))
  const action = AUDIT_ACTIONS.find((known) => known === query.action)
  const result = AUDIT_RESULTS.find((known) => known === query.result)
  const { moments, ...period } = timeRangeIn(params)
  return {
    /** As typed, to fill the form again. */
    query,
    filter: {
      ...(action && { action }),
      ...(result && { result }),
      ...(query.actor && { actor: query.actor }),
      ...moments,
      ...(query.text && { text: query.text }),
    },
    cursor: cursorOf(textIn(params, 'before'), textIn(params, 'after')),
    ...period,
  }
}

/** With the events whose names, as the reader sees them, contain the text. */
export function withNames(filter: AuditFilter, t: Translator<'activity'>): AuditFilter {
  const text = filter.text?.toLowerCase()
  if (text === undefined) return filter
  return { ...filter, named: AUDIT_ACTIONS.filter((action) => t(`action.${action}`).toLowerCase().includes(text)) }
}

function cursorOf(before: string, after: string): AuditCursor {
  const sequence = before || after
  if (!/^\d+$/.test(sequence) || sequence.length > SEQUENCE_DIGITS_MAX) return { kind: 'newest' }
  return { kind: before ? 'before' : 'after', sequence: BigInt(sequence) }
}

export function activityHref(query: ActivityQuery, cursor: AuditCursor) {
  const place = cursor.kind === 'newest' ? {} : { [cursor.kind]: cursor.sequence.toString() }
  return withQuery(ACTIVITY_PATH, { ...query, ...place })
}
