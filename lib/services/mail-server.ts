import type { Environment } from '../config/environment'
import { FIRST_MAIL_SERVER_ID } from '../db/default-mail-server'
import { pick } from '../kernel'
import { createMailServer, type MailServerService } from '../mail-server'
import type { MailServerDeps } from '../mail-server/deps'
import { createMailServers, type MailServers } from '../mail-server/servers'
import { allowedNames } from '../net/addresses'
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

export const composeMailServers = (services: MailServerServiceDeps): MailServers =>
  createMailServers({ ...pick(services, 'db', 'clock', 'audit'), of: (id) => composeMailServer(services, { id }) })
