import type { AuditLog } from '../audit'
import type { Environment } from '../config/environment'
import { type Credentials, createCredentials } from '../credentials'
import { type Certificates, createCertificates } from '../crypto/certificates'
import type { DbDeps, SharedClock } from '../db'
import { createDirectory } from '../entra'
import type { TokenCache, TokenSource } from '../entra/contracts'
import { fail, type Vault } from '../kernel'
import type { VendorClients } from './vendor-clients'

interface CredentialsServiceDeps extends DbDeps {
  clock: SharedClock
  environment: Pick<Environment, 'clouds'>
  vault: Vault
  audit: AuditLog
  vendors: Pick<VendorClients, 'dialer' | 'tokens' | 'tokenCache'>
}

/** @param overrides for tests: what calls Graph, and what makes certificates */
export function composeCredentials(
  { environment, clock, db, vault, audit, vendors }: CredentialsServiceDeps,
  overrides: { directoryOf?: typeof createDirectory; certificates?: Certificates } = {},
): Credentials {
  const { directoryOf = createDirectory, certificates = createCertificates() } = overrides
  const { dialer, tokens, tokenCache } = vendors
  return createCredentials({
    db,
    clock,
    vault,
    audit,
    tokens,
    tokenCache,
    certificates,
    clouds: environment.clouds,
    directory: directoryOf({ dialer, tokens, tokenCache: uncached(tokens), clock }),
  })
}

/** Each call requests a new token: people rarely ask Graph about one application, and older tokens lack a permission granted a minute ago. */
const uncached = (tokens: TokenSource): TokenCache => ({
  token: (_, request, signal) => tokens.fresh(request, signal),
  renew: async () => fail({ kind: 'just-renewed' }),
})
