import 'server-only'
import type { SearchParams } from '@/app/search-params'
import { services } from '@/lib/services'
import type { ClientNow } from '@/lib/submission/store/client-states'
import { type ListedClient, ranked, readClientsQuery, selected } from './query'

/** All clients, those that match every filter of an address but the state, and those that match it too. */
export async function matchingClients(parameters: SearchParams) {
  const query = readClientsQuery(parameters)
  const all = ranked(await services().submission.clients.listNow(query.text !== ''))
  const matching = selected(all, query)
  const inState = query.state === null ? matching : matching.filter(({ state }) => state === query.state)
  return { all, query, matching, inState }
}

/** These few in full, in their order, without those that were removed in the meantime. */
export async function inFull(rows: readonly ClientNow[]): Promise<ListedClient[]> {
  const clients = await services().submission.clients.list(rows.map(({ id }) => id))
  return rows.flatMap(({ id, state, sentAt }) => {
    const client = clients.find((each) => each.id === id)
    return client ? [{ client, state, sentAt }] : []
  })
}
