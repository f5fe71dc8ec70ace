import type { AuditLog } from '../audit/log'
import { createCertificates } from '../certificates'
import { type CredentialsRoom, createCredentialsRoom } from '../credentials'
import { type Certificates, type CrashPoint, nowhere } from '../credentials/ports'
import type { Db } from '../db/client'
import { createCredentialStore } from '../db/credentials'
import { createKeysSound } from '../db/mail-server-keys'
import type { TokenKeeper, TokenSource } from '../delivery/ports'
import { createDirectory } from '../entra'
import type { Clock } from '../kernel/clock'
import { fail } from '../kernel/result'
import type { Vault } from '../kernel/sealing'
import type { Environment } from './environment'
import type { Outward } from './outward'

export interface CredentialsWiring {
  environment: Pick<Environment, 'clouds' | 'keys'>
  clock: Clock
  db: Db
  vault: Vault
  audit: AuditLog
  outward: Pick<Outward, 'dialer' | 'tokens' | 'keeper'>
}

/** @param overrides for tests: where a process dies, and what makes certificates. */
export function credentialsRoom(
  { environment, clock, db, vault, audit, outward }: CredentialsWiring,
  { crash = nowhere, certificates = createCertificates() }: { crash?: CrashPoint; certificates?: Certificates } = {},
): CredentialsRoom {
  const { dialer, tokens, keeper } = outward
  const kids = environment.keys.map(({ kid }) => kid)
  return createCredentialsRoom({
    store: createCredentialStore({ db, clock, vault, clouds: environment.clouds, crash }),
    vault,
    clock,
    tokens,
    keeper,
    directory: createDirectory({ dialer, tokens, keeper: neverHeld(tokens), clock }),
    certificates,
    audit,
    keysSound: createKeysSound(db, vault, kids),
    crash,
  })
}

/**
 * What people ask of Graph about one application is rare, and a permission granted a minute ago is in no token of before: each
 * call gets its own.
 */
const neverHeld = (tokens: TokenSource): TokenKeeper => ({
  token: (_, request, signal) => tokens.fresh(request, signal),
  renew: async () => fail({ kind: 'just-renewed' }),
  drop() {},
})
