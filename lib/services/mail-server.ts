import type { AuditLog } from '../audit/store/log'
import type { Environment } from '../config/environment'
import type { DbDeps } from '../db/client'
import { FIRST_MAIL_SERVER_ID } from '../db/default-mail-server'
import type { Logger } from '../kernel/log'
import type { Vault } from '../kernel/sealing'
import { createMailServer, type MailServerService } from '../mail-server'
import type { MailServerDeps } from '../mail-server/deps'
import type { SendersKnown } from '../mail-server/senders/cache'
import { createKeysSound } from '../mail-server/store/sealing-keys'
import { allowedNames } from '../net'
import { createMailTransport } from '../smtp'
import type { Clients } from './microsoft'

export interface MailServerServiceDeps extends DbDeps {
  environment: Pick<Environment, 'baseUrl' | 'clouds' | 'keys' | 'allowNetworks' | 'allowPorts' | 'allowPlaintextSmtp'>
  vault: Vault
  audit: AuditLog
  clients: Pick<Clients, 'dialer' | 'tokens'>
  known: Pick<SendersKnown, 'under'>
  log: Pick<Logger, 'error'>
}

/** @param overrides which mail server (the first one if absent); for tests a shorter deadline */
export function composeMailServer(
  { environment, clients, ...common }: MailServerServiceDeps,
  { id = FIRST_MAIL_SERVER_ID, ...overrides }: Partial<Pick<MailServerDeps, 'id' | 'deadlineMs'>> = {},
): MailServerService {
  const { allowNetworks, allowPorts, baseUrl, clouds, keys } = environment
  const kids = keys.map(({ kid }) => kid)
  return createMailServer({
    ...common,
    id,
    rules: {
      clouds,
      allowance: { names: allowedNames(allowNetworks), ports: allowPorts },
      plaintextAllowed: environment.allowPlaintextSmtp,
    },
    keysSound: createKeysSound(common.db, common.vault, kids),
    tokens: clients.tokens,
    transport: createMailTransport(clients.dialer, { ehloName: greetingName(baseUrl), clock: common.clock }),
    baseUrl,
    ...overrides,
  })
}

/** The name of this console in EHLO. A machine without a domain name uses its address (RFC 5321 §4.1.3). */
export function greetingName({ hostname }: URL): string {
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return `[${hostname}]`
  if (hostname.startsWith('[')) return `[IPv6:${hostname.slice(1, -1)}]`
  return hostname.includes('.') ? hostname : '[127.0.0.1]'
}
