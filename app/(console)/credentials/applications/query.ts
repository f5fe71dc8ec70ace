import type { Route } from 'next'
import { APPLICATIONS_PATH, type QueryParameters, withQuery } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import {
  type InventoryCursor,
  type InventoryFilter,
  type InventoryPlace,
  MUTED_CHOICES,
  ORDER_CHOICES,
  type OwnerChoice,
  STATE_CHOICES,
} from '@/lib/credentials/inventory/types'
import { isUuid } from '@/lib/kernel/ids'
import { recordOf } from '@/lib/kernel/record-of'

const TEXT_CHARS_MAX = 200

/** The initial filter: what can still be renewed in time. */
export const DUE: InventoryFilter = {
  state: 'due',
  kind: null,
  text: '',
  muted: 'shown',
  owner: 'any',
  order: 'urgent',
}

/** The filter in the page's address. An unknown value is treated as absent. */
export function readFilter({ state, kind, text, muted, owner, order }: SearchParams): InventoryFilter {
  return {
    state: state === 'all' ? null : (STATE_CHOICES.find((known) => known === state) ?? DUE.state),
    kind: kind === 'secret' || kind === 'certificate' ? kind : null,
    text: searchTextOf(text).trim(),
    muted: MUTED_CHOICES.find((known) => known === muted) ?? DUE.muted,
    owner: ownerOf(owner),
    order: ORDER_CHOICES.find((known) => known === order) ?? DUE.order,
  }
}

/** The database refuses to search for a NUL or half of a surrogate pair, and no stored text contains one. */
const searchTextOf = (text: unknown): string =>
  (typeof text === 'string' ? text : '')
    .replace(/\0|\p{Surrogate}/gu, '')
    .slice(0, TEXT_CHARS_MAX)
    .toWellFormed()

function ownerOf(owner: unknown): OwnerChoice {
  const text = searchTextOf(owner)
  return text === 'none' ? text : /^=./s.test(text) ? `=${text.slice(1)}` : DUE.owner
}

export function readCursor({ after, before }: SearchParams): InventoryCursor {
  const place = placeOf(after ?? before)
  return place ? { kind: after ? 'after' : 'before', place } : { kind: 'first' }
}

/** The form is `<milliseconds, or nothing>_<object id>_<key id>`. */
function placeOf(text: unknown): InventoryPlace | null {
  const [ends = '', objectId, keyId] = typeof text === 'string' ? text.split('_') : []
  if (!isUuid(objectId) || !isUuid(keyId) || !/^(-?\d{1,15})?$/.test(ends)) return null
  const endsAt = ends === '' ? null : new Date(Number(ends))
  return endsAt && (Number.isNaN(endsAt.getTime()) || Math.abs(endsAt.getUTCFullYear()) > 9999)
    ? null
    : { endsAt, objectId, keyId }
}

const placeText = ({ endsAt, objectId, keyId }: InventoryPlace): string =>
  `${endsAt?.getTime() ?? ''}_${objectId}_${keyId}`

/** A row in the fields of a form, as `rowOf` reads it. */
export const rowValue = ({ objectId, keyId }: Pick<InventoryPlace, 'objectId' | 'keyId'>): string =>
  `${objectId} ${keyId}`

export function rowOf(value: unknown): { objectId: string; keyId: string } | null {
  const [objectId, keyId] = typeof value === 'string' ? value.split(' ') : []
  return isUuid(objectId) && isUuid(keyId) ? { objectId, keyId } : null
}

/** The parameters of the list's address with this filter at this place. Those that are as usual are left out. */
export const paramsOf = (filter: InventoryFilter, cursor: InventoryCursor = { kind: 'first' }): QueryParameters => ({
  state: filter.state === DUE.state ? null : (filter.state ?? 'all'),
  kind: filter.kind,
  text: filter.text,
  ...recordOf(['muted', 'owner', 'order'] as const, (name) => (filter[name] === DUE[name] ? null : filter[name])),
  ...(cursor.kind !== 'first' && { [cursor.kind]: placeText(cursor.place) }),
})

/** The query of that address. */
export const searchOf = (...place: Parameters<typeof paramsOf>): string => withQuery('', paramsOf(...place))

const paramsIn = (typed: unknown): SearchParams =>
  Object.fromEntries(new URLSearchParams(typeof typed === 'string' ? typed : ''))

/** The filter of the list that a form was on. */
export const filterIn = (typed: unknown): InventoryFilter => readFilter(paramsIn(typed))

/** The address of the list that a form was on. It is parsed and written again, so that it cannot lead anywhere else. */
export function backHref(typed: unknown, confirmation: QueryParameters = {}): Route {
  const params = paramsIn(typed)
  return withQuery(APPLICATIONS_PATH, { ...paramsOf(readFilter(params), readCursor(params)), ...confirmation })
}
