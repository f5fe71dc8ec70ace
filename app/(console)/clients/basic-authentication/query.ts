import { pageIn } from '@/app/paging'
import { BASIC_AUTH_PATH, type QueryParameters, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { isUuid } from '@/lib/kernel'
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

/** The client with this name, in any case; null for an empty one. Undefined if no client has it. */
export function clientNamed<Known extends Pick<Client, 'name'>>(typed: string, clients: readonly Known[]) {
  const wanted = typed.trim().toLowerCase()
  return wanted === '' ? null : clients.find(({ name }) => name.toLowerCase() === wanted)
}

/** Whether the address of a sender is among those that a client may send as, and not only covered by a pattern. */
export const namesSender = ({ senders }: Pick<Client, 'senders'>, address: string): boolean =>
  senders.some((each) => each.toLowerCase() === address)
