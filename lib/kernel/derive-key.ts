import { createHmac, hkdfSync } from 'node:crypto'

const KEY_BYTES = 32
const MARK_CHARS = 8

/** A key for one use alone, so that nothing about one use of a secret tells anything about another. */
export const deriveKey = (secret: Uint8Array, use: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', use, KEY_BYTES))

/** A key that names itself. */
export interface DerivedKey {
  /** Its origin's id with a mark of the key itself, e.g. `k1.Zm9vYmFy`: another key under the same id has another one. */
  id: string
  key: Buffer
}

export function derivedKey(name: string, secret: Uint8Array, use: string): DerivedKey {
  const key = deriveKey(secret, use)
  return { id: `${name}.${markOf(key)}`, key }
}

/** Whether the id is that of the key. */
export const isKeyOf = (id: string, key: Buffer): boolean => id.endsWith(`.${markOf(key)}`)

const markOf = (key: Buffer): string => createHmac('sha256', key).update('id').digest('base64url').slice(0, MARK_CHARS)
