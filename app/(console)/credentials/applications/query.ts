import { pageIn } from '@/app/paging'
import { APPLICATIONS_PATH, type QueryParameters, withQuery } from '@/app/paths'
import type { SearchParams } from '@/app/search-params'
import {
  type InventoryFilter,
  type InventoryKey,
  ORDER_CHOICES,
  type OwnerChoice,
  STATE_CHOICES,
} from '@/lib/credentials/inventory/types'
import { isUuid, recordOf } from '@/lib/kernel'

const TEXT_CHARS_MAX = 200

/** The initial filter: what can still be renewed in time. */
export const DUE: InventoryFilter = {
  state: 'due',
  kind: null,
  text: '',
  owner: 'any',
  order: 'urgent',
}

/** The filter in the page's address. An unknown value is treated as absent. */
export function readFilter({ state, kind, text, owner, order }: SearchParams): InventoryFilter {
  return {
    state: STATE_CHOICES.find((known) => known === state) ?? DUE.state,
    kind: kind === 'secret' || kind === 'certificate' ? kind : null,
    text: searchTextOf(text).trim(),
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
  if (text === 'none') return text
  return /^=./s.test(text) ? `=${text.slice(1)}` : DUE.owner
}

/** A row in the fields of a form, as `rowOf` reads it. */
export const rowValue = ({ objectId, keyId }: InventoryKey): string => `${objectId} ${keyId}`

export function rowOf(value: unknown): InventoryKey | null {
  const [objectId, keyId] = typeof value === 'string' ? value.split(' ') : []
  return isUuid(objectId) && isUuid(keyId) ? { objectId, keyId } : null
}

/** The parameters of the address of this page of the list. Those that are as usual are left out. */
export const paramsOf = (filter: InventoryFilter, page = 1): QueryParameters => ({
  kind: filter.kind,
  text: filter.text,
  ...recordOf(['state', 'owner', 'order'] as const, (name) => (filter[name] === DUE[name] ? null : filter[name])),
  page: page > 1 ? String(page) : null,
})

export const searchOf = (...page: Parameters<typeof paramsOf>): string => withQuery('', paramsOf(...page))

const paramsIn = (typed: unknown): SearchParams =>
  Object.fromEntries(new URLSearchParams(typeof typed === 'string' ? typed : ''))

export const filterIn = (typed: unknown): InventoryFilter => readFilter(paramsIn(typed))

/** The address of the list that a form was on. It is parsed and written again, so that it cannot lead anywhere else. */
export function backHref(typed: unknown, confirmation: QueryParameters) {
  const params = paramsIn(typed)
  return withQuery(APPLICATIONS_PATH, { ...paramsOf(readFilter(params), pageIn(params)), ...confirmation })
}
