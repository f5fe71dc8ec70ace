import type { AuditLog } from '../audit/log'
import type { Db } from '../db/client'
import { createMailServerStore } from '../db/mail-server'
import { createKeysSound } from '../db/mail-server-keys'
import { createTestLimiter } from '../db/mail-server-limits'
import { createTokenSource, readClaims } from '../entra'
import type { Clock } from '../kernel/clock'
import type { Vault } from '../kernel/sealing'
import { createRoom, type MailServerRoom } from '../mail-server'
import type { MailServerStore } from '../mail-server/ports'
import { createDialer, type Resolver } from '../net'
import { createMailTransport } from '../smtp'
import type { Environment } from './environment'

export interface MailServerWiring {
  environment: Pick<Environment, 'baseUrl' | 'clouds' | 'keys' | 'allowNetworks' | 'allowPorts' | 'allowPlaintextSmtp'>
  clock: Clock
  db: Db
  vault: Vault
  audit: AuditLog
}

/** For tests on this machine: names that no resolver knows, certificates that no public root signed, a shorter wait. */
export interface MailServerOverrides {
  resolver?: Resolver
  ca?: readonly string[]
  store?: MailServerStore
  deadlineMs?: number
}

export function mailServerRoom(wiring: MailServerWiring, overrides: MailServerOverrides = {}): MailServerRoom {
  const { environment, clock, db, vault, audit } = wiring
  const { allowNetworks, allowPorts, baseUrl, clouds, keys } = environment
  const { store = createMailServerStore(db, clock), deadlineMs, ...dialing } = overrides
  // The deployment's clouds file names their SMTP ports; choosing such a cloud needs no second permission.
  const cloudPorts = clouds.map(({ smtpPort }) => smtpPort)
  const dialer = createDialer({ allowNetworks, allowPorts: [...allowPorts, ...cloudPorts], clock, ...dialing })
  return createRoom({
    store,
    vault,
    clock,
    audit,
    rules: {
      clouds,
      allowance: { names: allowNetworks, ports: allowPorts },
      plaintextAllowed: environment.allowPlaintextSmtp,
    },
    keysSound: createKeysSound(
      db,
      vault,
      keys.map(({ kid }) => kid),
    ),
    tokens: createTokenSource(dialer, { clock }),
    readClaims,
    transport: createMailTransport(dialer, { ehloName: greetingName(baseUrl), clock }),
    limiter: createTestLimiter(db),
    baseUrl,
    ...(deadlineMs !== undefined && { deadlineMs }),
  })
}

/** We greet with the console's own name; a bare machine without one greets with its loopback address (RFC 5321 §4.1.3). */
function greetingName({ hostname }: URL): string {
  if (/^\d+(?:\.\d+){3}$/.test(hostname)) return `[${hostname}]`
  if (hostname.startsWith('[')) return `[IPv6:${hostname.slice(1, -1)}]`
  return hostname.includes('.') ? hostname : '[127.0.0.1]'
}
