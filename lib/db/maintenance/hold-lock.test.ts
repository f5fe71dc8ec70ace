import { expect, onTestFinished, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { Redacted } from '../../kernel/redacted'
import { longLived } from '../connection'
import { holderText, holdLock } from './hold-lock'

const database = databaseOfEach()
const LOCK = 4711

async function program(name: string) {
  const client = longLived(new Redacted(database.url), name)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

test('only a program that has a lock is named as its holder, and none that waits for it', async () => {
  const [holder, waiter, third] = [await program('postroom restore'), await program('worker'), await program('console')]
  expect(await holdLock(holder, LOCK)).toEqual([])
  const waiting = waiter.query('SELECT pg_advisory_lock($1)', [LOCK])
  const waits = 'SELECT FROM pg_locks WHERE objid = $1 AND NOT granted'
  await expect.poll(async () => (await third.query(waits, [LOCK])).rowCount).toBe(1)
  expect(await holdLock(third, LOCK, { patienceMs: 0 })).toEqual([
    { pid: expect.any(Number), name: 'postroom restore', address: null },
  ])
  await holder.query('SELECT pg_advisory_unlock($1)', [LOCK])
  await waiting
})

test('a holder on another machine is named with its address', async () => {
  const [holder, asking] = [await program('worker'), await program('postroom restore')]
  await holder.query('SELECT pg_advisory_lock($1)', [LOCK])
  const query = (text: string, values: unknown[]) =>
    asking.query(text.replace('inet_client_addr()', "inet '192.0.2.7'"), values)
  const elsewhere = Object.assign(Object.create(asking), { query })
  const [first] = await holdLock(elsewhere, LOCK, { patienceMs: 0 })
  expect(first && holderText(first)).toBe(`worker (database process ${first?.pid}, connected from 127.0.0.1)`)
})
