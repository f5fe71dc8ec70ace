import type { AuditLog } from '../audit'
import type { Certificates } from '../crypto/certificates'
import type { DbDeps, SharedClock } from '../db'
import type { Directory, TokenCache, TokenSource } from '../entra/contracts'
import type { Cloud, Vault } from '../kernel'

export interface CredentialsDeps extends DbDeps {
  clock: SharedClock
  /** The clouds of the deployment: they say where a mail server of Exchange Online is. */
  clouds: readonly Cloud[]
  vault: Vault
  tokens: TokenSource
  tokenCache: TokenCache
  directory: Directory
  certificates: Certificates
  audit: Pick<AuditLog, 'record'>
}
