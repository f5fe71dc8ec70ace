/**
 * For tests only: a process that begins a rotation, or continues one, and kills itself at the first of the named points that it
 * reaches. Its orders are JSON in the environment; its last output is the point at which it dies.
 */

import { writeSync } from 'node:fs'
import { createVault } from '../../lib/crypto/vault'
import { createDb } from '../../lib/db'
import { type Caller, systemClock } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'
import { testChainKeys } from './chain-keys'
import { clockAhead, credentialServicesAt, type TestDeployment } from './credentials-services'

export interface Orders extends Pick<TestDeployment, 'ready' | 'caPem'> {
  url: string
  keys: { kid: string; key: string }[]
  aheadMs: number
  caller: Caller
  /** Null to continue a rotation that has begun. */
  begin: { mailServerId: string; objectId: string } | null
  dieAt: string[]
}

const { url, keys: texts, aheadMs, caller, begin, dieAt, ...microsoft } = JSON.parse(process.env.ORDERS ?? '') as Orders
const db = createDb(new Redacted(url), testChainKeys)
const keys = texts.map(({ kid, key }) => ({ kid, key: new Redacted(key) }))
const place = { ...microsoft, db, keys, vault: createVault(keys, systemClock), clock: clockAhead(() => aheadMs) }
const { credentials } = credentialServicesAt({ ...place, federated: false }, (point) => {
  if (!dieAt.includes(point)) return
  writeSync(1, point)
  process.kill(process.pid, 'SIGKILL')
})
await (begin ? credentials.rotateNow(caller, begin) : credentials.advanceDueRotations())
process.exit(0)
