import { CLIENTS_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { CLIENT_KINDS, CLIENT_STATES, CLIENT_WAYS, type Client } from '@/lib/submission/client'
import type { ClientFilter, ClientNow } from '@/lib/submission/store/client-states'

export function readClientsQuery(params: SearchParams): ClientFilter {
  const { state, way, kind } = params
  return {
    state: CLIENT_STATES.find((known) => known === state) ?? null,
    way: CLIENT_WAYS.find((known) => known === way) ?? null,
    kind: CLIENT_KINDS.find((known) => known === kind) ?? null,
    text: textIn(params, 'text'),
  }
}

export const clientsHref = (query: ClientFilter, page = 1) =>
  withQuery(CLIENTS_PATH, { ...query, page: page > 1 ? String(page) : null })

/** A client as a row of the list and as its page shows it. */
export interface ListedClient extends Pick<ClientNow, 'state' | 'sentAt'> {
  client: Client
}
