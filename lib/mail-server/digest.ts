import { digestOfCredential } from '../credentials/digest'
import type { Vault } from '../kernel/sealing'
import type { SecretInUse } from './secret-reuse'

/** Keyed digest of destination and secret; a kept secret brings the digest it was stored with. */
export function credentialDigest(secret: SecretInUse, vault: Vault): string | null {
  if (secret.kind === 'none') return null
  if (secret.kind === 'kept') return secret.credential.digest
  return digestOfCredential(secret.value, secret.destination, vault)
}
