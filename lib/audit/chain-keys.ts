import { createHmac, hkdfSync } from 'node:crypto'
import type { Redacted } from '../kernel/redacted'

const KEY_BYTES = 32
const MARK_CHARS = 8

/** A key under which rows of the record are chained. */
export interface ChainKey {
  /** Names the key itself and not only the sealing key it comes from, e.g. `k1.Zm9vYmFy`. */
  id: string
  key: Buffer
}

export interface ChainKeys {
  /** New rows are chained under it. */
  current: ChainKey
  all: readonly ChainKey[]
}

/**
 * One key for each sealing key, in the order of the key file, and one of the session secret: the record goes on while the key
 * file is missing (S-09). Derived, so that no other use of those secrets tells anything about it.
 */
export function chainKeys(sealingKeys: readonly { kid: string; key: Redacted }[], sessionSecret: Redacted): ChainKeys {
  const session = derived('session', Buffer.from(sessionSecret.reveal(), 'utf8'))
  const all = [...sealingKeys.map(({ kid, key }) => derived(kid, Buffer.from(key.reveal(), 'base64'))), session]
  return { current: all[0] ?? session, all }
}

function derived(name: string, secret: Buffer): ChainKey {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'postroom audit chain', KEY_BYTES))
  return { id: `${name}.${markOf(key)}`, key }
}

/** Whether the id is that of the key: a kept key is told apart from another one under the same name. */
export const isKeyOf = (id: string, key: Buffer): boolean => id.endsWith(`.${markOf(key)}`)

const markOf = (key: Buffer): string => createHmac('sha256', key).update('id').digest('base64url').slice(0, MARK_CHARS)
