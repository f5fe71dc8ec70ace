import type { AuditLog } from '../audit'
import type { Certificates } from '../crypto/certificates'
import type { DbDeps, SharedClock } from '../db'
import type { Directory, TokenCache, TokenSource } from '../entra/contracts'
import type { Cloud, Vault } from '../kernel'

export interface CredentialStoreDeps extends DbDeps {
  /** The clouds of the deployment: they say where a mail server of Exchange Online is. */
  clouds: readonly Cloud[]
  /** For the digest of the revision that a change of the current credential makes. */
  vault: Vault
}

export interface CredentialsDeps extends CredentialStoreDeps {
  clock: SharedClock
  tokens: TokenSource
  tokenCache: TokenCache
  directory: Directory
  certificates: Certificates
  audit: Pick<AuditLog, 'record'>
}
