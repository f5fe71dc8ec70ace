import { createHmac, hkdfSync } from 'node:crypto'

const KEY_BYTES = 32
const MARK_CHARS = 8

/** Derives a key for one use, so that one use of a secret reveals nothing about another. */
export const deriveKey = (secret: Uint8Array, use: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', use, KEY_BYTES))

export type DerivedKey = ReturnType<typeof derivedKey>
export function derivedKey(name: string, secret: Uint8Array, use: string) {
  const key = deriveKey(secret, use)
  // With a mark of the key itself, e.g. `k1.Zm9vYmFy`, so that another key with the same origin has another id.
  return { id: `${name}.${markOf(key)}`, key }
}

export const isKeyOf = (id: string, key: Buffer): boolean => id.endsWith(`.${markOf(key)}`)

const markOf = (key: Buffer): string => createHmac('sha256', key).update('id').digest('base64url').slice(0, MARK_CHARS)
