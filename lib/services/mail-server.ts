import type { AuditLog } from '../audit/log'
import type { Environment } from '../config/environment'
import type { Db } from '../db/client'
import { defaultMailServerId, FIRST_MAIL_SERVER_ID } from '../db/default-mail-server'
import { readClaims } from '../entra'
import type { Clock } from '../kernel/clock'
import type { Logger } from '../kernel/log'
import type { Vault } from '../kernel/sealing'
import { createMailServer, type MailServerService } from '../mail-server'
import type { MailServerStore } from '../mail-server/ports'
import type { SendersKnown } from '../mail-server/senders/cache'
import { createKeysSound } from '../mail-server/store/sealing-keys'
import { createMailServerStore } from '../mail-server/store/settings'
import { createTestLimiter } from '../mail-server/store/test-limits'
import { allowedNames } from '../net'
import { verifiedSenders } from '../policy/sender'
import { loadRules } from '../policy/store'
import { createMailTransport } from '../smtp'
import type { Clients } from './microsoft'

export interface MailServerServiceDeps {
  environment: Pick<Environment, 'baseUrl' | 'clouds' | 'keys' | 'allowNetworks' | 'allowPorts' | 'allowPlaintextSmtp'>
  clock: Clock
  db: Db
  vault: Vault
  audit: AuditLog
  clients: Pick<Clients, 'dialer' | 'tokens'>
  known: Pick<SendersKnown, 'under'>
  log: Pick<Logger, 'error'>
}

/** Which one; the first by default. For tests: a store that stops halfway, a shorter wait. */
export interface MailServerOverrides {
  id?: string
  store?: MailServerStore
  deadlineMs?: number
}

export function composeMailServer(
  services: MailServerServiceDeps,
  overrides: MailServerOverrides = {},
): MailServerService {
  const { environment, clock, db, vault, audit, clients, known, log } = services
  const { allowNetworks, allowPorts, baseUrl, clouds, keys } = environment
  const { id = FIRST_MAIL_SERVER_ID, store = createMailServerStore(db, clock, id), deadlineMs } = overrides
  return createMailServer({
    store,
    vault,
    clock,
    audit,
    policy: { load: () => loadRules(db), defaultServer: () => defaultMailServerId(db) },
    rules: {
      clouds,
      allowance: { names: allowedNames(allowNetworks), ports: allowPorts },
      plaintextAllowed: environment.allowPlaintextSmtp,
    },
    keysSound: createKeysSound(
      db,
      vault,
      keys.map(({ kid }) => kid),
    ),
    verifiedOthers: async (server) => verifiedSenders({ server, senders: await known.under(id, server) }),
    tokens: clients.tokens,
    readClaims,
    transport: createMailTransport(clients.dialer, { ehloName: greetingName(baseUrl), clock }),
    limiter: createTestLimiter(db),
    log,
    baseUrl,
    ...(deadlineMs !== undefined && { deadlineMs }),
  })
}

/** We greet with the console's own name; a bare machine without one greets with its loopback address (RFC 5321 §4.1.3). */
export function greetingName({ hostname }: URL): string {
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return `[${hostname}]`
  if (hostname.startsWith('[')) return `[IPv6:${hostname.slice(1, -1)}]`
  return hostname.includes('.') ? hostname : '[127.0.0.1]'
}
