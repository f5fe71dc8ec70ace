import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type DerivedKey, derivedKey, isKeyOf } from '../kernel/derive-key'
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

/**
 * The keys of this deployment. Without a sealing key nothing can be sealed, so the key of the session secret is kept as a line
 * `<id> <base64>` of a file beside that secret. It outlives another session secret, such as the one that is put back
 * after a restore, and rows under it can still be checked.
 */
export function chainKeysIn({
  dataDir,
  keys,
  authSecret,
}: {
  dataDir: string
  keys: readonly { kid: string; key: Redacted }[]
  authSecret: Redacted
}): ChainKeys {
  const { current, all } = chainKeys(keys, authSecret)
  const file = path.join(dataDir, 'audit-session-keys')
  const stored = storedKeys(file)
  if (keys.length === 0 && !stored.some(({ id }) => id === current.id)) {
    appendFileSync(file, `${current.id} ${current.key.toString('base64')}\n`, { mode: 0o600 })
  }
  return { current, all: [...all, ...stored.filter(({ id }) => !all.some((own) => own.id === id))] }
}

function storedKeys(file: string): DerivedKey[] {
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return lines
    .map((line) => {
      const [id = '', text = ''] = line.split(' ')
      return { id, key: Buffer.from(text, 'base64') }
    })
    .filter(({ id, key }) => isKeyOf(id, key))
}
