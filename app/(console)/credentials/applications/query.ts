import { APPLICATIONS_PATH } from '@/app/paths'
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

export const isFirstView = (filter: InventoryFilter): boolean => searchOf(filter) === ''

/** The query for the same filter at another place of the list. */
export function searchOf(filter: InventoryFilter, cursor: InventoryCursor = { kind: 'first' }): string {
  const params = new URLSearchParams()
  if (filter.state !== DUE.state) params.set('state', filter.state ?? 'all')
  if (filter.kind) params.set('kind', filter.kind)
  if (filter.text) params.set('text', filter.text)
  if (filter.muted !== DUE.muted) params.set('muted', filter.muted)
  if (filter.owner !== DUE.owner) params.set('owner', filter.owner)
  if (filter.order !== DUE.order) params.set('order', filter.order)
  if (cursor.kind !== 'first') params.set(cursor.kind, placeText(cursor.place))
  const search = params.toString()
  return search ? `?${search}` : ''
}

/** The parameters of the list's address, for forms that keep them. */
export const paramsOf = (filter: InventoryFilter): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(searchOf(filter)))

const paramsIn = (typed: unknown): SearchParams =>
  Object.fromEntries(new URLSearchParams(typeof typed === 'string' ? typed : ''))

/** The filter of the list that a form was on. */
export const filterIn = (typed: unknown): InventoryFilter => readFilter(paramsIn(typed))

/** The address of the list that a form was on. It is parsed and written again, so that it cannot lead anywhere else. */
export function backHref(typed: unknown, confirmation: Record<string, string> = {}): string {
  const params = paramsIn(typed)
  const search = new URLSearchParams(searchOf(readFilter(params), readCursor(params)))
  for (const [name, value] of Object.entries(confirmation)) search.set(name, value)
  const text = search.toString()
  return text ? `${APPLICATIONS_PATH}?${text}` : APPLICATIONS_PATH
}
