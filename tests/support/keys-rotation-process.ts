import { createVault } from '../../lib/crypto/vault'
import { createDb } from '../../lib/db'
import { systemClock } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'
import { rotateKeys } from '../../lib/operations/rotate-keys'
import { testChainKeys } from './chain-keys'

/** For tests only: a process that rotates and is killed. It says each row on standard output, once it is durable. */
const { url, keys, clouds } = JSON.parse(process.env.ROTATION ?? '{}')
const ring = (keys as { kid: string; key: string }[]).map(({ kid, key }) => ({ kid, key: new Redacted(key) }))
const db = createDb(new Redacted(url), testChainKeys)
const services = { environment: { keys: ring, clouds }, clock: systemClock, db, vault: createVault(ring, systemClock) }
const by = { actor: { kind: 'command-line', user: 'root' }, origin: { address: null, requestId: 'r' } } as const
const rotated = await rotateKeys(services, by, ({ done }) => process.stdout.write(`${done}\n`))
process.stdout.write(rotated.ok ? 'rotated\n' : `${JSON.stringify(rotated.error)}\n`)
await db.$disconnect()
