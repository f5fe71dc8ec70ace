import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { appendAudit } from '../audit'
import { DAY_MS, MINUTE_MS } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { claimFormToken } from './form-tokens'
import { ownNumber, setOwnNumber } from './living-consoles'
import { holdPresence } from './maintenance/presence'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

/** After this time a process that has not answered is taken for dead. */
const DEAD_MS = 10 * MINUTE_MS + 1_000

let movedMs = 0
const clock = { now: () => new Date(Date.now() + movedMs), monotonicMs: () => performance.now() }
const token = (id: string, bodyHash = 'body', requestId = 'req-1') => ({
  id,
  purpose: 'mail-server.test',
  bodyHash,
  requestId,
})

test('R-13 twenty equal posts at once: one does the thing, the others get its answer', async () => {
  let done = 0
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const claim = await claimFormToken(database.db, token('twenty'), 5_000, clock)
      if (claim.kind !== 'first') return claim.kind === 'repeated' ? claim.answer : claim.kind
      done += 1
      await claim.finish({ testId: 'one' })
      return { testId: 'one' }
    }),
  )
  expect(done).toBe(1)
  expect(answers).toEqual(Array.from({ length: 20 }, () => ({ testId: 'one' })))
})

test('R-13 the same token with another content is refused', async () => {
  const first = await claimFormToken(database.db, token('other'), 0, clock)
  if (first.kind === 'first') await first.finish('done')
  expect(await claimFormToken(database.db, token('other', 'another body'), 0, clock)).toEqual({ kind: 'other-content' })
})

test('R-13 a form that was answered is not carried out again, however late it is repeated', async () => {
  movedMs = 0
  const first = await claimFormToken(database.db, token('late'), 0, clock)
  if (first.kind === 'first') await first.finish({ testId: 'one' })
  movedMs = DEAD_MS
  expect(await claimFormToken(database.db, token('late'), 0, clock)).toEqual({
    kind: 'repeated',
    answer: { testId: 'one' },
  })
})

test('R-13 forms of the same millisecond do not affect each other', async () => {
  const still = { ...clock, now: () => new Date('2027-01-12T09:00:00Z') }
  const claim = (id: string) => claimFormToken(database.db, token(id), 0, still)
  const [one, other] = [await claim('one form'), await claim('other form')]
  if (one.kind === 'first') await one.breakOff()
  const again = await claim('one form')
  expect([other.kind, again.kind]).toEqual(['first', 'first'])
  if (again.kind === 'first') await again.breakOff()
  const both = await Promise.all([claim('one form'), claim('one form')])
  expect(both.map(({ kind }) => kind).sort(), 'one of two takes it over').toEqual(['first', 'running'])
  for (const each of both) if (each.kind === 'first') await each.abandon()
  expect(await claim('other form')).toEqual({ kind: 'running' })
})

test('R-13 while the first still runs, no second one starts; if it is abandoned, it may be retried', async () => {
  const first = await claimFormToken(database.db, token('slow'), 0, clock)
  expect(await claimFormToken(database.db, token('slow'), 200, clock)).toEqual({ kind: 'running' })
  const waiting = claimFormToken(database.db, token('slow'), 5_000, clock)
  await pause(300)
  if (first.kind === 'first') await first.abandon()
  expect((await waiting).kind, 'it is not running any more').toBe('first')
})

test('R-14 an operation that broke off is done at most once: what its audit row says is the answer, and without one it is free at once', async () => {
  movedMs = 0
  const breakOff = async (id: string) => {
    const claim = await claimFormToken(database.db, token(id, 'body', `req-${id}`), 0, clock)
    if (claim.kind === 'first') await claim.breakOff()
  }
  await breakOff('committed')
  const origin = { address: null, requestId: 'req-committed' }
  const entry = { action: 'mail-server.test', actor: { kind: 'system', name: 'test' }, subject: 'test:two' } as const
  const audit = { ...entry, details: { testId: 'one' }, origin, result: 'done' } as const
  await database.db.$transaction((tx) => appendAudit(tx, audit, clock.now()))
  const again = { kind: 'repeated', answer: { id: 'two', testId: 'one' } }
  expect(await claimFormToken(database.db, token('committed'), 0, clock)).toEqual(again)
  expect(await claimFormToken(database.db, token('committed', 'other'), 0, clock)).toEqual({ kind: 'other-content' })

  await breakOff('rolled back')
  const answers = ['other', 'body'].map((body) => claimFormToken(database.db, token('rolled back', body), 0, clock))
  expect((await Promise.all(answers)).filter(({ kind }) => kind === 'first')).toHaveLength(1)
})

test('R-14 what is committed, but not visible yet because the commit waits for a standby, is not done again', async () => {
  movedMs = 0
  const claim = await claimFormToken(database.db, token('in doubt', 'body', 'req-in-doubt'), 0, clock)
  const origin = { address: null, requestId: 'req-in-doubt' }
  const entry = { action: 'mail-server.test', actor: { kind: 'system', name: 'test' }, subject: null } as const
  const audit = { ...entry, details: { testId: 'one' }, origin, result: 'done' } as const
  let again: ReturnType<typeof claimFormToken> | undefined
  await database.db.$transaction(async (tx) => {
    await appendAudit(tx, audit, clock.now())
    if (claim.kind === 'first') await claim.breakOff()
    again = claimFormToken(database.db, token('in doubt'), 5_000, clock)
    const waiting = () => tx.$queryRaw`
      SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
    await expect.poll(waiting).toHaveLength(1)
  })
  expect(await again).toEqual({ kind: 'repeated', answer: { testId: 'one' } })
})

describe('R-14 a process that died before it answered', () => {
  const entry = {
    action: 'mail-server.test',
    actor: { kind: 'system', name: 'test' },
    subject: null,
    details: { testId: 'one' },
  } as const

  test('after the deed: what its audit row says is the answer, also if a slower clock dated it', async () => {
    movedMs = 0
    await claimFormToken(database.db, token('done', 'body', 'req-done'), 0, clock)
    const origin = { address: null, requestId: 'req-done' }
    const dated = new Date(clock.now().getTime() - DAY_MS + MINUTE_MS)
    await database.db.$transaction((tx) => appendAudit(tx, { ...entry, origin, result: 'done' }, dated))
    const answers = Array.from({ length: 5 }, () => claimFormToken(database.db, token('done'), 0, clock))
    expect(await Promise.all(answers)).toEqual(Array(5).fill({ kind: 'repeated', answer: { testId: 'one' } }))
  })

  test('before it, or refused: one of those who ask again does it', async () => {
    movedMs = 0
    await claimFormToken(database.db, token('not done', 'body', 'req-not'), 0, clock)
    const origin = { address: null, requestId: 'req-not' }
    const add = (audit: Parameters<typeof appendAudit>[1]) =>
      database.db.$transaction((tx) => appendAudit(tx, audit, clock.now()))
    await add({ ...entry, origin, result: 'refused' })
    // Of the same request, but another action; and the same action of another request.
    await add({ ...entry, action: 'mail-server.save', origin, result: 'done' })
    await add({ ...entry, origin: { ...origin, requestId: 'req-another' }, result: 'done' })
    movedMs = DEAD_MS
    const answers = Array.from({ length: 5 }, () => claimFormToken(database.db, token('not done'), 0, clock))
    const kinds = (await Promise.all(answers)).map(({ kind }) => kind).sort()
    expect(kinds).toEqual(['first', 'running', 'running', 'running', 'running'])
  })

  test('or was only slow: it leaves the claim of its successor alone, however it ends', async () => {
    movedMs = 0
    const slow = await claimFormToken(database.db, token('slow one'), 0, clock)
    movedMs = 5 * MINUTE_MS
    expect(await claimFormToken(database.db, token('slow one'), 0, clock)).toEqual({ kind: 'running' })
    movedMs = DEAD_MS
    const next = await claimFormToken(database.db, token('slow one'), 0, clock)
    if (slow.kind !== 'first' || next.kind !== 'first') throw new Error(`${slow.kind}, ${next.kind}`)
    for (const end of [slow.breakOff, slow.abandon, () => slow.finish('late')]) {
      await end()
      expect(await claimFormToken(database.db, token('slow one'), 0, clock)).toEqual({ kind: 'running' })
    }
    await next.finish('done')
    const again = { kind: 'repeated', answer: 'done' }
    expect(await claimFormToken(database.db, token('slow one'), 0, clock)).toEqual(again)
  })

  test('in a console: one that others see no more is taken for dead after seconds', async () => {
    movedMs = 0
    const presence = holdPresence(new Redacted(database.url), 'console', [])
    await expect.poll(ownNumber).toBeDefined()
    await claimFormToken(database.db, token('of a console'), 0, clock)
    let ms = 0
    const quick = { ...clock, monotonicMs: () => (ms += 1_000) }
    expect(await claimFormToken(database.db, token('of a console'), 1_000, quick)).toEqual({ kind: 'running' })
    await presence.close()
    // It is never so for the console itself, which may have lost that session alone.
    expect(await claimFormToken(database.db, token('of a console'), 1_000, quick)).toEqual({ kind: 'running' })
    setOwnNumber(1)
    expect((await claimFormToken(database.db, token('of a console'), 5_000, quick)).kind).toBe('first')
  })
})
