import { CLIENTS_PATH, withQuery } from '@/app/paths'
import { type SearchParams, textIn } from '@/app/search-params'
import { DAY_MS } from '@/lib/kernel'
import {
  CLIENT_KINDS,
  CLIENT_STATES,
  CLIENT_WAYS,
  type Client,
  type ClientState,
  clientState,
} from '@/lib/submission/client'

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

export function selected(clients: readonly ListedClient[], { way, kind, text }: ClientsQuery): ListedClient[] {
  const wanted = text.toLowerCase()
  return clients.filter(({ client }) => {
    const { name, place, owner, login, lastAddress, senders } = client
    const texts = [name, place, owner ?? '', login ?? '', lastAddress ?? '', ...senders]
    return (
      (way === null || client.way === way) &&
      (kind === null || client.kind === kind) &&
      (wanted === '' || texts.some((each) => each.toLowerCase().includes(wanted)))
    )
  })
}

export type ListedClient = ReturnType<typeof listedClients>[number]

const rankOf = (state: ClientState): number => (state === 'refused' ? 0 : state === 'stopped' ? 1 : 2)

/**
 * Rejected clients first, then those that have stopped sending, then all else by name.
 *
 * @param about.stopped when an alert about each client was opened that is not over
 */
export function listedClients(
  clients: readonly Client[],
  about: { newest: ReadonlyMap<string, Date>; stopped: ReadonlyMap<string, Date>; now: Date },
) {
  const { newest, stopped, now } = about
  const rows = clients.map((client) => {
    const sentAt = newest.get(client.id) ?? null
    const hasSentToday = sentAt !== null && now.getTime() - sentAt.getTime() < DAY_MS
    return {
      client,
      /** When its newest message was accepted; null if none is stored. */
      sentAt,
      hasSentToday,
      state: clientState(client, { sentAt, hasStopped: Number(stopped.get(client.id) ?? 0) > Number(sentAt), now }),
    }
  })
  return rows.toSorted((one, other) => rankOf(one.state) - rankOf(other.state))
}
