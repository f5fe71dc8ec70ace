import 'server-only'
import type { SearchParams } from '@/app/search-params'
import { services } from '@/lib/services'
import { listedClients, readClientsQuery, selected } from './query'

/** All clients, those that match every filter of an address but the state, and those that match it too. */
export async function matchingClients(parameters: SearchParams, now: Date) {
  const { alerts, outbox, submission } = services()
  const [stored, stopped] = await Promise.all([submission.clients.list(), alerts.stoppedClients()])
  const newest = await outbox.newestOfClients(stored.map(({ id }) => id))
  const all = listedClients(stored, { newest, stopped, now })
  const query = readClientsQuery(parameters)
  const matching = selected(all, query)
  const inState = query.state === null ? matching : matching.filter(({ state }) => state === query.state)
  return { all, query, matching, inState }
}
