import type { MailServerService } from '../mail-server'
import { createMailServers, type MailServers } from '../mail-server/servers'
import { composeMailServer, type MailServerServiceDeps } from './mail-server'

/** Ids come from addresses, too, so the number of cached services is limited. */
const SERVICES_MAX = 50

export function composeMailServers(services: MailServerServiceDeps): MailServers {
  const cache = new Map<string, MailServerService>()
  const { db, clock, audit } = services
  return createMailServers({
    db,
    clock,
    audit,
    of(id) {
      const mailServer = cache.get(id) ?? composeMailServer(services, { id })
      if (cache.size < SERVICES_MAX) cache.set(id, mailServer)
      return mailServer
    },
  })
}
