import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import { createMailServerStore } from '../db/mail-server'
import { FIRST_MAIL_SERVER_ID } from '../db/mail-server-id'
import { createKeysSound } from '../db/mail-server-keys'
import { createTestLimiter } from '../db/mail-server-limits'
import { createRulesStore } from '../db/rules'
import { readClaims } from '../entra'
import type { Clock } from '../kernel/clock'
import type { Logger } from '../kernel/log'
import type { Vault } from '../kernel/sealing'
import { createRoom, type MailServerRoom } from '../mail-server'
import type { MailServerStore } from '../mail-server/ports'
import { allowedNames } from '../net'
import { provenOthers } from '../policy/sender'
import { createMailTransport } from '../smtp'
import type { Environment } from './environment'
import type { Outward } from './outward'
import type { SendersKnown } from './senders-known'

export interface MailServerWiring {
  environment: Pick<Environment, 'baseUrl' | 'clouds' | 'keys' | 'allowNetworks' | 'allowPorts' | 'allowPlaintextSmtp'>
  clock: Clock
  db: Db
  vault: Vault
  audit: AuditLog
  outward: Pick<Outward, 'dialer' | 'tokens'>
  known: Pick<SendersKnown, 'under'>
  log: Pick<Logger, 'error'>
}

/** Which one; the first by default. For tests: a store that stops halfway, a shorter wait. */
export interface MailServerOverrides {
  id?: string
  store?: MailServerStore
  deadlineMs?: number
}

export function mailServerRoom(wiring: MailServerWiring, overrides: MailServerOverrides = {}): MailServerRoom {
  const { environment, clock, db, vault, audit, outward, known, log } = wiring
  const { allowNetworks, allowPorts, baseUrl, clouds, keys } = environment
  const { id = FIRST_MAIL_SERVER_ID, store = createMailServerStore(db, clock, id), deadlineMs } = overrides
  return createRoom({
    store,
    vault,
    clock,
    audit,
    policy: createRulesStore(db, clock),
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
    verifiedOthers: async (server) => provenOthers({ server, senders: await known.under(id, server) }),
    tokens: outward.tokens,
    readClaims,
    transport: createMailTransport(outward.dialer, { ehloName: greetingName(baseUrl), clock }),
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
