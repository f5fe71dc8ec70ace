/**
 * For tests only: a process that begins a rotation, or takes one on, and dies by its own hand at the first of the named points that it
 * comes to. Its orders come as JSON in the environment; the last thing it says is where it dies.
 */
import { writeSync } from 'node:fs'
import { testChainKeys } from '../lib/audit/chain-keys.fixture'
import type { CredentialsCaller } from '../lib/credentials/ports'
import { createDb } from '../lib/db/client'
import { systemClock } from '../lib/kernel/clock'
import { Redacted } from '../lib/kernel/redacted'
import { createVault } from '../lib/vault'
import { clockAhead, type RoomsPlace, roomsAt } from './credentials-rooms'

export interface Orders extends Pick<RoomsPlace, 'ready' | 'caPem'> {
  url: string
  keys: { kid: string; key: string }[]
  aheadMs: number
  caller: CredentialsCaller
  /** Null: goes on with what is under way. */
  begin: { mailServerId: string; objectId: string } | null
  dieAt: string[]
}

const { url, keys: texts, aheadMs, caller, begin, dieAt, ...microsoft } = JSON.parse(process.env.ORDERS ?? '') as Orders
const db = createDb(new Redacted(url), testChainKeys)
const keys = texts.map(({ kid, key }) => ({ kid, key: new Redacted(key) }))
const place = { ...microsoft, db, keys, vault: createVault(keys, systemClock), clock: clockAhead(() => aheadMs) }
const { credentials } = roomsAt({ ...place, federated: false }, (point) => {
  if (!dieAt.includes(point)) return
  writeSync(1, point)
  process.kill(process.pid, 'SIGKILL')
})
await (begin ? credentials.rotateNow(caller, begin) : credentials.goOn())
process.exit(0)
