import { digestOfCredential } from '../delivery/credential-digest'
import type { Vault } from '../kernel/sealing'
import type { SecretInUse } from './keepable'
import type { MailServerSettings } from './settings'

/** Whether two settings are the same: JSON with its members in order, so the database's own order does not count. */
const settingsText = (settings: MailServerSettings): string =>
  JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)))

/** Keyed digest of destination and secret; a kept secret brings the digest it was stored with. */
export function credentialDigest(secret: SecretInUse, vault: Vault): string | null {
  if (secret.kind === 'none') return null
  if (secret.kind === 'kept') return secret.credential.digest
  return digestOfCredential(secret.value, secret.destination, vault)
}

/** What a test proves and a revision carries: these settings with this credential (docs/decisions/0003). */
export const revisionDigest = (settings: MailServerSettings, credential: string | null, vault: Vault): string =>
  vault.digest(JSON.stringify(['revision', settingsText(settings), credential]))
