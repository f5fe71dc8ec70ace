import 'server-only'
import { mailServers } from '@/app/_server/status'
import type { ListedServer } from '@/lib/mail-server/servers'

/** The mail server that the address names, or the default one. `id` is empty unless there are several, because addresses need none then. */
export async function requestedServer(
  requestedId: string,
): Promise<{ server: ListedServer; id: string; servers: readonly ListedServer[] } | null> {
  const servers = await mailServers()
  const server = servers.find(({ id }) => id === requestedId) ?? servers[0]
  return server ? { server, id: servers.length > 1 ? server.id : '', servers } : null
}
