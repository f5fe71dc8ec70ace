import type { SearchParams } from '@/app/search-params'
import 'server-only'
import { mailServers } from '@/app/_server/status'
import { MAIL_SERVERS_PATH, mailServerPath } from '@/app/paths'
import type { ListedServer } from '@/lib/mail-server/servers'
import { services } from '@/lib/services'

/** The mail server that a page of the guide is about. */
export interface GuideServer {
  id: string
  /** Null before the first save. */
  name: string | null
  servers: readonly ListedServer[]
  /** Path of its settings, where the output of a script is pasted. */
  path: string
}

/** As the address names it, otherwise the default one. Null if the address names one that does not exist. */
export async function guideServer({ server }: SearchParams): Promise<GuideServer | null> {
  const servers = await mailServers()
  const [first] = servers
  // Before the first save there is no list, so an address cannot be checked against it.
  if (!first) return { id: await services().mailServers.defaultId(), name: null, servers, path: MAIL_SERVERS_PATH }
  const one = server === undefined ? first : servers.find(({ id }) => id === server)
  return one
    ? { id: one.id, name: one.name, servers, path: servers.length > 1 ? mailServerPath(one.id) : MAIL_SERVERS_PATH }
    : null
}
