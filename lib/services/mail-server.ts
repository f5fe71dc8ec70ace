import type { Environment } from '../config/environment'
import { FIRST_MAIL_SERVER_ID } from '../db/default-mail-server'
import { createMailServer, type MailServerService } from '../mail-server'
import type { MailServerDeps } from '../mail-server/deps'
import { createMailServers, type MailServers } from '../mail-server/servers'
import { allowedNames } from '../net'
import type { VendorClients } from './vendor-clients'

interface MailServerServiceDeps
  extends Omit<MailServerDeps, 'id' | 'deployment' | 'tokens' | 'transport' | 'baseUrl' | 'deadlineMs'> {
  environment: Pick<Environment, 'baseUrl' | 'clouds' | 'allowNetworks' | 'allowPorts' | 'allowPlaintextSmtp'>
  vendors: Pick<VendorClients, 'tokens' | 'transport'>
}

/** @param overrides which mail server (the first one if absent); for tests a shorter deadline */
export function composeMailServer(
  { environment, vendors, ...common }: MailServerServiceDeps,
  { id = FIRST_MAIL_SERVER_ID, ...overrides }: Partial<Pick<MailServerDeps, 'id' | 'deadlineMs'>> = {},
): MailServerService {
  const { allowNetworks, allowPorts, baseUrl, clouds } = environment
  return createMailServer({
    ...common,
    id,
    deployment: {
      clouds,
      allowance: { names: allowedNames(allowNetworks), ports: allowPorts },
      plaintextAllowed: environment.allowPlaintextSmtp,
    },
    tokens: vendors.tokens,
    transport: vendors.transport,
    baseUrl,
    ...overrides,
  })
}

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
