import 'server-only'
import { notFound } from '@/app/_server/refusal'
import { mailServers } from '@/app/_server/status'
import { services } from '@/lib/services'

/** The mail server in the address of a page; `server` is null if it is the first one and nothing is saved yet. */
export async function serverInPath(id: string) {
  const servers = await mailServers()
  const server = servers.find((each) => each.id === id) ?? null
  if (!server && (servers.length > 0 || id !== (await services().mailServers.defaultId()))) notFound()
  return { id, server, servers }
}
