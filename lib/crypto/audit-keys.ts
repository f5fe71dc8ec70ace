import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Redacted } from '../kernel'
import { type DerivedKey, derivedKey, isKeyOf } from '../kernel/derive-key'
import { throughNoLink } from '../kernel/durable-files'
import type { SealingKey } from './vault'

const USE = 'postroom audit chain'

export interface ChainKeys {
  current: DerivedKey
  all: readonly DerivedKey[]
}

/**
 * One key for each sealing key, in the order of the key file, and one for the session secret, so that the audit log continues while the
 * key file is missing.
 */
export function chainKeys(sealingKeys: readonly SealingKey[], sessionSecret: Redacted): ChainKeys {
  const session = derivedKey('session', Buffer.from(sessionSecret.reveal(), 'utf8'), USE)
  const all = [...sealingKeys.map(({ kid, key }) => derivedKey(kid, Buffer.from(key.reveal(), 'base64'), USE)), session]
  return { current: all[0] ?? session, all }
}

/**
 * The keys of this deployment. Without a sealing key nothing can be sealed, so the key of the session secret is appended to a file next
 * to that secret, as a line `<id> <base64>`. Rows under it can then be checked after the session secret was replaced, for example by a
 * restore.
 */
export function chainKeysIn(environment: {
  dataDir: string
  keys: readonly SealingKey[]
  authSecret: Redacted
}): ChainKeys {
  const { dataDir, keys, authSecret } = environment
  const { current, all } = chainKeys(keys, authSecret)
  const file = path.join(dataDir, 'audit-session-keys')
  const stored = storedKeys(file)
  if (keys.length === 0 && !stored.some(({ id }) => id === current.id)) {
    const line = `${current.id} ${current.key.toString('base64')}\n`
    throughNoLink(file, 'append', (handle) => appendFileSync(handle, line))
  }
  return { current, all: [...all, ...stored.filter(({ id }) => !all.some((own) => own.id === id))] }
}

function storedKeys(file: string): DerivedKey[] {
  if (!existsSync(file)) return []
  const text = throughNoLink(file, 'read', (handle) => readFileSync(handle, 'utf8'))
  const lines = text.split('\n').filter(Boolean)
  return lines
    .map((line) => {
      const [id = '', text = ''] = line.split(' ')
      return { id, key: Buffer.from(text, 'base64') }
    })
    .filter(({ id, key }) => isKeyOf(id, key))
}
