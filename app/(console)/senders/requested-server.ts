import 'server-only'
import { mailServers } from '@/app/_server/status'
import type { ListedServer } from '@/lib/mail-server/servers'

/** The mail server that the page's address names, the default one without; `id` stands in addresses only where there are several. */
export async function serverAsked(
  asked: string,
): Promise<{ server: ListedServer; id: string; servers: readonly ListedServer[] } | null> {
  const servers = await mailServers()
  const server = servers.find(({ id }) => id === asked) ?? servers[0]
  return server ? { server, id: servers.length > 1 ? server.id : '', servers } : null
}
