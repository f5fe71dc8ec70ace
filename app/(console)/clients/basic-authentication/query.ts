import { pageIn } from '@/app/paging'
import { BASIC_AUTH_PATH, type QueryParameters, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { fail, isUuid, ok, type Result } from '@/lib/kernel'
import { PROGRESS } from '@/lib/submission/basic-auth/progress'
import type { Client } from '@/lib/submission/client'

export type Place = ReturnType<typeof placeIn>

export const placeIn = (params: SearchParams) => ({
  progress: PROGRESS.find((each) => each === params.progress) ?? null,
  text: textIn(params, 'text'),
  page: pageIn(params),
})

/** `link` opens the form of this sender, with what was typed as its `client`. */
export const placeHref = ({ progress, text, page }: Place, more: QueryParameters = {}) =>
  withQuery(BASIC_AUTH_PATH, { progress, text, page: page > 1 ? String(page) : null, ...more })

/** The client that the page of a form showed, or null for none. Undefined if the field is missing or malformed. */
export function seenClientIn(form: FormData): string | null | undefined {
  const value = form.get('seenClient')
  if (value === '') return null
  return isUuid(value) ? value : undefined
}

/**
 * The client with this name, in any case, or null for an empty one. Of several that have it, the one that the sender is linked to is
 * meant, or else the one that names it.
 */
export function clientNamed<Known extends Pick<Client, 'id' | 'name' | 'senders'>>(
  typed: string,
  { address, linkedId }: { address: string; linkedId: string | null },
  clients: readonly Known[],
): Result<Known | null, 'unknown' | 'several'> {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return ok(null)
  const named = clients.filter(({ name }) => name.toLowerCase() === wanted)
  const linked = named.find(({ id }) => id === linkedId)
  if (linked) return ok(linked)
  const [client, ...more] = named.length > 1 ? named.filter((each) => namesSender(each, address)) : named
  if (named.length === 0) return fail('unknown')
  return client && more.length === 0 ? ok(client) : fail('several')
}

/** Whether the address of a sender is among those that a client may send as, and not only covered by a pattern. */
export const namesSender = ({ senders }: Pick<Client, 'senders'>, address: string): boolean =>
  senders.some((each) => each.toLowerCase() === address)
