import 'server-only'
import { mailServers } from '@/app/_server/status'
import { type SearchParams, textIn } from '@/app/search-params'
import { SENDER_STATES } from '@/lib/mail-server/senders/state'

export type SendersQuery = ReturnType<typeof readSendersQuery>

/** Reads the query. An unknown value counts as absent. */
export const readSendersQuery = (params: SearchParams) => ({
  /** Id of the mail server; empty for the default one. */
  server: textIn(params, 'server'),
  text: textIn(params, 'text'),
  /** Null for any state. */
  state: SENDER_STATES.find((known) => known === params.state) ?? null,
  /** The page starts after this address; empty for the first page. */
  after: textIn(params, 'after').toLowerCase(),
})

/** The mail server that the address names, or the default one. `id` is empty unless there are several, because addresses need none then. */
export async function requestedServer(requestedId: string) {
  const servers = await mailServers()
  const server = servers.find(({ id }) => id === requestedId) ?? servers[0]
  return server ? { server, id: servers.length > 1 ? server.id : '', servers } : null
}
