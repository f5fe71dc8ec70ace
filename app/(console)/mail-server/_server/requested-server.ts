import 'server-only'
import { notFound } from '@/app/_server/refusal'
import { mailServers } from '@/app/_server/status'
import type { ListedServer } from '@/lib/mail-server/servers'
import { services } from '@/lib/services'

interface Requested {
  id: string
  /** Null if it is the first mail server and nothing is saved yet. */
  server: ListedServer | null
  servers: readonly ListedServer[]
}

/** The mail server in the address of a page. */
export async function serverInPath(id: string): Promise<Requested> {
  const servers = await mailServers()
  const server = servers.find((each) => each.id === id) ?? null
  if (!server && (servers.length > 0 || id !== (await services().mailServers.defaultId()))) notFound()
  return { id, server, servers }
}
