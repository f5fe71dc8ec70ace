import { CREDENTIALS_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { urgencyOf } from '@/lib/credentials/expiry'
import { type ExpiringView, holderOf } from '@/lib/credentials/views'
import { compareNames, EXPIRING_KINDS, recordOf } from '@/lib/kernel'
import { type Expiring, lacksDate, needsYou, previousRowsOf, type Row, rowsOf } from './rows'

/** With more rows than this the page has the horizon and groups by month instead of lifetimes. */
export const FEW_ROWS = 12

/** The segments above the list. `previous` are credentials that were replaced and are still stored. */
export const SEGMENTS = ['', 'needs', 'soon', 'healthy', 'date-unknown', 'previous'] as const
export type Segment = (typeof SEGMENTS)[number]

/** The value of the owner facet for credentials without owners. */
export const NO_OWNER = 'none'

export type CredentialsQuery = ReturnType<typeof readQuery>

export function readQuery(params: SearchParams) {
  const { state, kind, sort } = params
  return {
    state: SEGMENTS.find((known) => known === state) ?? '',
    kind: EXPIRING_KINDS.find((known) => known === kind) ?? '',
    /** Mail address of an owner, or `none` for credentials without owners. */
    owner: textIn(params, 'owner'),
    /** `week`, a month such as `2027-01`, or `none` for credentials without a date. */
    month: /^(week|none|\d{4}-\d{2})$/.exec(textIn(params, 'month'))?.[0] ?? '',
    /** Part of the name or address of a mail server or client, of a note or of an ID. */
    text: textIn(params, 'text'),
    sort: sort === 'server' ? sort : '',
  }
}

export const isNarrowed = (query: CredentialsQuery): boolean => queryText({ ...query, sort: '' }) !== ''

export const queryText = (query: CredentialsQuery, page = 1): string =>
  withQuery('', { ...query, page: page > 1 ? String(page) : null })

export const listHref = (query: CredentialsQuery, change: Partial<CredentialsQuery> = {}, page = 1): string =>
  CREDENTIALS_PATH + queryText({ ...query, ...change }, page)

/** The column of the horizon, and the group of the list: what needs attention this week, a month, or no date. */
export function monthOf(row: Row): string {
  if (needsYou(row)) return 'week'
  return row.view.expiresAt?.toISOString().slice(0, 7) ?? 'none'
}

const IN_SEGMENT: Record<Segment, (row: Row) => boolean> = {
  '': () => true,
  needs: needsYou,
  soon: ({ view }) => view.state === 'soon',
  healthy: (row) => row.view.state === 'healthy' && row.view.expiresAt !== null && !needsYou(row),
  'date-unknown': (row) => row.view.expiresAt === null && !needsYou(row),
  previous: () => true,
}

function isMatch({ view }: Row, { kind, owner, text }: CredentialsQuery): boolean {
  const { note, keyId, hint } = view
  const { name, address } = holderOf(view)
  const texts = [name, address, note, keyId ?? '', hint ?? '']
  const wanted = text.toLowerCase()
  return (
    (kind === '' || view.kind === kind) &&
    (owner === '' || (owner === NO_OWNER ? view.owners.length === 0 : view.owners.includes(owner))) &&
    (wanted === '' || texts.some((each) => each.toLowerCase().includes(wanted)))
  )
}

/** When Entra began to reject it, or when it expires. */
const endMs = ({ view: { state, refusedAt, expiresAt } }: Row): number =>
  ((state === 'refused' && refusedAt) || expiresAt)?.getTime() ?? Number.MAX_SAFE_INTEGER
const byName = (a: Row, b: Row): number => compareNames(holderOf(a.view).name, holderOf(b.view).name)
const urgency = ({ view: { state, carriedBy } }: Row): number => urgencyOf(state, { isCarried: carriedBy !== null })
/** What needs attention first, then by expiry date. */
export const byUrgency = (a: Row, b: Row): number =>
  urgency(a) - urgency(b) || endMs(a) - endMs(b) || Number(lacksDate(b)) - Number(lacksDate(a)) || byName(a, b)

export type Selection = ReturnType<typeof selectRows>

export function selectRows(all: Expiring, query: CredentialsQuery) {
  const inUse = rowsOf(all).filter((row) => isMatch(row, query))
  const previous = previousRowsOf(all).filter((row) => isMatch(row, query))
  const rowsIn = (segment: Segment) => (segment === 'previous' ? previous : inUse.filter(IN_SEGMENT[segment]))
  const ahead = rowsIn(query.state)
  return {
    /** What the list shows, over all of its pages. */
    rows: ahead
      .filter((row) => query.month === '' || monthOf(row) === query.month)
      .sort(query.sort === 'server' ? (a, b) => byName(a, b) || byUrgency(a, b) : byUrgency),
    /** What the other filters leave, for the horizon and for the counts of the segments. */
    counts: recordOf(SEGMENTS, (each) => rowsIn(each).length),
    /** As `rows`, without the choice of a month. */
    ahead,
  }
}

/** The rows of the file: those of the list, and without a filter by state also the next and previous credentials. */
export function exported(all: Expiring, query: CredentialsQuery): ExpiringView[] {
  const { rows } = selectRows(all, query)
  if (query.state !== '') return rows.map(({ view }) => view)
  return rows.flatMap(({ view, slots }): ExpiringView[] =>
    slots ? [slots.current, slots.next, ...slots.previous].filter((each) => each !== null) : [view],
  )
}
