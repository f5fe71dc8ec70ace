import { createHmac, timingSafeEqual } from 'node:crypto'
import type { SealingKey } from '../../crypto/vault'
import type { Redacted } from '../../kernel'
import { type DerivedKey, derivedKey } from '../../kernel/derive-key'

const MARK_OCTETS = 12

/**
 * Shows whether two deployments have the same session secret without revealing it. Second factors are encrypted under that secret, so
 * under another one no code is correct.
 */
export const sessionSecretMark = (authSecret: Redacted): string =>
  createHmac('sha256', authSecret.reveal())
    .update('postroom backup')
    .digest()
    .subarray(0, MARK_OCTETS)
    .toString('base64url')

/** What backups are signed with, in the order of the key file: the first signs. None while there is no key file. */
export const backupKeys = (sealingKeys: readonly SealingKey[]): DerivedKey[] =>
  sealingKeys.map(({ kid, key }) => derivedKey(kid, Buffer.from(key.reveal(), 'base64'), 'postroom backup'))

/** @param sha256 of everything before the end line, which names the key. */
export const signatureOf = (sha256: string, { key }: DerivedKey): string =>
  createHmac('sha256', key).update(`backup ${sha256}`).digest('hex')

/**
 * `this-deployment`: a key of ours signed what was read. `key-missing`: a key that is not here did. `unsigned`: there was no key
 * then, or it is of a version that did not sign.
 */
export type BackupOrigin = 'this-deployment' | 'key-missing' | 'unsigned'

/** `forged`: a key of ours is named, and it did not sign this. */
export function originOf(
  { signedBy, sha256, hmac }: { signedBy: string | null; sha256: string; hmac: string | undefined },
  keys: readonly DerivedKey[],
): BackupOrigin | 'forged' {
  if (signedBy === null) return 'unsigned'
  const key = keys.find(({ id }) => id === signedBy)
  if (!key) return 'key-missing'
  const expected = Buffer.from(signatureOf(sha256, key))
  const signature = Buffer.from(hmac ?? '')
  return signature.length === expected.length && timingSafeEqual(signature, expected) ? 'this-deployment' : 'forged'
}
