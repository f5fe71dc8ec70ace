import {
  INVENTORY_STATES,
  type InventoryCursor,
  type InventoryFilter,
  type InventoryPlace,
  MUTED_CHOICES,
  OWNER_CHOICES,
} from '@/lib/credentials/inventory'

export const APPLICATIONS = '/credentials/applications'

type SearchParams = Record<string, string | string[] | undefined>

const TEXT_CHARS_MAX = 200
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
export const isGuid = (text: unknown): text is string => typeof text === 'string' && GUID.test(text)

/** What stands in the page's address. What is not known asks for everything, as if it were absent. */
export function readFilter({ state, kind, text, muted, owner }: SearchParams): InventoryFilter {
  return {
    state: INVENTORY_STATES.find((known) => known === state) ?? null,
    kind: kind === 'secret' || kind === 'certificate' ? kind : null,
    // The database refuses to look for a NUL or half of a surrogate pair, and no stored text holds one.
    text: (typeof text === 'string' ? text : '')
      .replace(/\0|\p{Surrogate}/gu, '')
      .trim()
      .slice(0, TEXT_CHARS_MAX)
      .toWellFormed(),
    muted: MUTED_CHOICES.find((known) => known === muted) ?? 'shown',
    owner: OWNER_CHOICES.find((known) => known === owner) ?? 'any',
  }
}

export function readCursor({ after, before }: SearchParams): InventoryCursor {
  const place = placeOf(after ?? before)
  return place ? { kind: after ? 'after' : 'before', place } : { kind: 'first' }
}

/** `<milliseconds, or nothing>_<object id>_<key id>`. */
function placeOf(text: unknown): InventoryPlace | null {
  const [ends = '', objectId, keyId] = typeof text === 'string' ? text.split('_') : []
  if (!isGuid(objectId) || !isGuid(keyId) || !/^(-?\d{1,15})?$/.test(ends)) return null
  const endsAt = ends === '' ? null : new Date(Number(ends))
  return endsAt && (Number.isNaN(endsAt.getTime()) || Math.abs(endsAt.getUTCFullYear()) > 9999)
    ? null
    : { endsAt, objectId, keyId }
}

const placeText = ({ endsAt, objectId, keyId }: InventoryPlace): string =>
  `${endsAt?.getTime() ?? ''}_${objectId}_${keyId}`

export const isNarrowed = ({ state, kind, text, muted, owner }: InventoryFilter): boolean =>
  state !== null || kind !== null || text !== '' || muted !== 'shown' || owner !== 'any'

/** The same question at another place. */
export function searchOf(filter: InventoryFilter, cursor: InventoryCursor = { kind: 'first' }): string {
  const params = new URLSearchParams()
  if (filter.state) params.set('state', filter.state)
  if (filter.kind) params.set('kind', filter.kind)
  if (filter.text) params.set('text', filter.text)
  if (filter.muted !== 'shown') params.set('muted', filter.muted)
  if (filter.owner !== 'any') params.set('owner', filter.owner)
  if (cursor.kind !== 'first') params.set(cursor.kind, placeText(cursor.place))
  const search = params.toString()
  return search ? `?${search}` : ''
}

/** A form brings back where it stood; read and written anew, so that it leads nowhere else. */
export function backHref(typed: unknown, told: Record<string, string> = {}): string {
  const params = Object.fromEntries(new URLSearchParams(typeof typed === 'string' ? typed : ''))
  const search = new URLSearchParams(searchOf(readFilter(params), readCursor(params)))
  for (const [name, value] of Object.entries(told)) search.set(name, value)
  const text = search.toString()
  return text ? `${APPLICATIONS}?${text}` : APPLICATIONS
}
