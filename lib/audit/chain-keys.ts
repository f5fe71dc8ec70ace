import { type DerivedKey, derivedKey } from '../kernel/derive-key'
import type { Redacted } from '../kernel/redacted'

const USE = 'postroom audit chain'

/** Keys under which rows of the record are chained. */
export interface ChainKeys {
  /** New rows are chained under it. */
  current: DerivedKey
  all: readonly DerivedKey[]
}

/**
 * One key for each sealing key, in the order of the key file, and one of the session secret: the record goes on while the key
 * file is missing (S-09).
 */
export function chainKeys(sealingKeys: readonly { kid: string; key: Redacted }[], sessionSecret: Redacted): ChainKeys {
  const session = derivedKey('session', Buffer.from(sessionSecret.reveal(), 'utf8'), USE)
  const all = [...sealingKeys.map(({ kid, key }) => derivedKey(kid, Buffer.from(key.reveal(), 'base64'), USE)), session]
  return { current: all[0] ?? session, all }
}
