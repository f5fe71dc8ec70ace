import { CLIENTS_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { CLIENT_KINDS, CLIENT_STATES, CLIENT_WAYS, type Client } from '@/lib/submission/client'
import type { ClientNow } from '@/lib/submission/store/client-states'

export type ClientsQuery = ReturnType<typeof readClientsQuery>

export function readClientsQuery(params: SearchParams) {
  const { state, way, kind } = params
  return {
    state: CLIENT_STATES.find((known) => known === state) ?? null,
    way: CLIENT_WAYS.find((known) => known === way) ?? null,
    kind: CLIENT_KINDS.find((known) => known === kind) ?? null,
    text: textIn(params, 'text'),
  }
}

export const clientsHref = (query: ClientsQuery, page = 1) =>
  withQuery(CLIENTS_PATH, { ...query, page: page > 1 ? String(page) : null })

export function selected(clients: readonly ClientNow[], { way, kind, text }: ClientsQuery): ClientNow[] {
  const wanted = text.toLowerCase()
  return clients.filter(
    (client) =>
      (way === null || client.way === way) &&
      (kind === null || client.kind === kind) &&
      client.texts.toLowerCase().includes(wanted),
  )
}

/** A client as a row of the list and as its page shows it. */
export interface ListedClient extends Pick<ClientNow, 'state' | 'sentAt'> {
  client: Client
}

const RANKS: Partial<Record<ClientNow['state'], number>> = { refused: 0, stopped: 1 }
const rankOf = ({ state }: ClientNow): number => RANKS[state] ?? 2

/** Rejected clients first, then those that have stopped sending, then all else in the order in which they are. */
export const ranked = (clients: readonly ClientNow[]) => clients.toSorted((one, other) => rankOf(one) - rankOf(other))
