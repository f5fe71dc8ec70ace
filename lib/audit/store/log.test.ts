import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase } from '../../../tests/support/database'
import { beginBudget } from '../../db/time-budget'
import { type Clock, systemClock } from '../../kernel'
import type { AuditEntry, AuditFilter, AuditPage, AuditRow } from '../entry'
import { appendAudit, createAuditLog } from './log'
import { AUDIT_PAGE_ROWS, auditPages, lastDoneBy } from './page'

const now = new Date('2027-03-01T12:00:00Z')
const clock: Clock = { ...systemClock, now: () => now }

const saved: AuditEntry = {
  action: 'mail-server.save',
  actor: { kind: 'operator', id: 'op-1', email: 'admin@contoso.example', role: 'admin' },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  result: 'done',
  subject: 'mail-server:1',
  details: { version: 3, secret: 'changed', dryRun: false, note: null, ratio: 0.1 },
}

let database: Awaited<ReturnType<typeof freshDatabase>>
let log: ReturnType<typeof createAuditLog>

beforeAll(async () => {
  database = await freshDatabase()
  log = createAuditLog(database.db, clock)
})
afterAll(() => database.drop())
beforeEach(() => asOwner('TRUNCATE "AuditEvent"'))

/** What the guard refuses to the application, done past it, as an attacker with the rights of the database's owner would. */
async function asOwner(...statements: string[]): Promise<void> {
  await database.db.$transaction(async (tx) => {
    await tx.$executeRawUnsafe('SET LOCAL session_replication_role = replica')
    for (const statement of statements) await tx.$executeRawUnsafe(statement)
  })
}

async function pagesOf(filter: AuditFilter): Promise<AuditPage> {
  return log.read(filter, { kind: 'newest' })
}

test('U-02 rows written at once by many still make one chain without gaps', async () => {
  await Promise.all(Array.from({ length: 30 }, () => log.record(saved)))
  expect(await log.verify()).toMatchObject({ events: 30, intact: true, firstBroken: null, keyedFrom: 1 })
})

test('R-12 the last who did something is named, whatever else was done or refused since', async () => {
  const by = (email: string, entry: Partial<AuditEntry> = {}) =>
    log.record({ ...saved, actor: { kind: 'operator', id: email, email, role: 'admin' }, ...entry })
  await by('anna@contoso.example')
  await by('ben@contoso.example', { details: { host: 'a.example' } })
  await by('carl@contoso.example', { result: 'refused' })
  await by('dora@contoso.example', { subject: 'mail-server:2' })
  const last = (subject: string, detail?: string) => lastDoneBy(database.db, [subject, ['mail-server.save'], detail])
  expect(await last('mail-server:1')).toBe('ben@contoso.example')
  expect(await last('mail-server:1', 'note')).toBe('anna@contoso.example')
  expect(await last('mail-server:3')).toBeNull()
})

test.each([
  ['edited', `UPDATE "AuditEvent" SET "actorName" = 'someone@contoso.example' WHERE sequence = 3`],
  ['with edited details', `UPDATE "AuditEvent" SET details = '{"version": 4}' WHERE sequence = 3`],
  ['renumbered', `UPDATE "AuditEvent" SET sequence = 99 WHERE sequence = 3`],
])('U-02 a row %s by hand is found', async (_, edit) => {
  for (let n = 0; n < 5; n++) await log.record(saved)
  await asOwner(edit)
  const broken = edit.includes('99') ? 4 : 3
  expect(await log.verify()).toMatchObject({ events: 5, intact: false, firstBroken: broken })
})

test('U-02 a row removed by hand is found at the row after it', async () => {
  for (let n = 0; n < 5; n++) await log.record(saved)
  await asOwner('DELETE FROM "AuditEvent" WHERE sequence = 1')
  expect(await log.verify()).toMatchObject({ events: 4, intact: false, firstBroken: 2 })
})

test.each([
  ['change', `UPDATE "AuditEvent" SET result = 'done'`],
  ['removal', 'DELETE FROM "AuditEvent"'],
  ['emptying', 'TRUNCATE "AuditEvent"'],
])('U-02 the database itself refuses the %s of rows', async (_, statement) => {
  await log.record(saved)
  await expect(database.db.$executeRawUnsafe(statement)).rejects.toThrow()
  expect(await log.verify()).toMatchObject({ events: 1, intact: true, firstBroken: null })
})

test('R-14 U-04 a change whose transaction fails leaves no row, and a row that fails leaves no change', async () => {
  const { db } = database
  const beat = { name: 'console', beatAt: now }
  const failing = db.$transaction(async (tx) => {
    await appendAudit(tx, saved, now)
    throw new Error('after the row')
  })
  await expect(failing).rejects.toThrow('after the row')
  expect(await log.verify()).toMatchObject({ events: 0 })

  await db.$executeRawUnsafe('ALTER TABLE "AuditEvent" ADD CONSTRAINT full_disk CHECK (false) NOT VALID')
  try {
    const changing = db.$transaction(async (tx) => {
      await tx.heartbeat.create({ data: beat })
      await appendAudit(tx, saved, now)
    })
    await expect(changing).rejects.toThrow()
    await expect(log.record(saved)).rejects.toThrow()
    expect(await db.heartbeat.count()).toBe(0)
  } finally {
    await db.$executeRawUnsafe('ALTER TABLE "AuditEvent" DROP CONSTRAINT full_disk')
  }
})

test('U-01 a row says who, what, when, to what, from where, with which result and under which request', async () => {
  await log.record(saved)
  const { rows } = await pagesOf({})
  expect(rows).toMatchObject([
    {
      at: now,
      action: 'mail-server.save',
      actorKind: 'operator',
      actorId: 'op-1',
      actorName: 'admin@contoso.example',
      address: '192.0.2.7',
      requestId: 'req-1',
      result: 'done',
      subject: 'mail-server:1',
      details: saved.details,
    },
  ])
})

test('hostile text is stored, given back and verified like any other', async () => {
  const hostile = 'x\u0000\r\n\u001b[2J\ud800<script>alert(1)</script>\u{202e}%_\\'
  await log.record({
    ...saved,
    subject: hostile,
    origin: { address: hostile, requestId: hostile },
    details: { [hostile]: hostile },
  })
  expect(await log.verify()).toMatchObject({ events: 1, intact: true })
})

test('filters narrow by action, result, actor, time and text, with wildcards taken literally', async () => {
  await log.record(saved)
  await log.record({
    ...saved,
    action: 'sign-in.failed',
    actor: { kind: 'anonymous' },
    result: 'refused',
    subject: null,
  })
  await log.record({ ...saved, subject: 'operator:100%_x' })

  const sequences = async (filter: AuditFilter) => (await pagesOf(filter)).rows.map(({ sequence }) => Number(sequence))
  expect(await sequences({})).toEqual([3, 2, 1])
  expect(await sequences({ action: 'sign-in.failed' })).toEqual([2])
  expect(await sequences({ result: 'done' })).toEqual([3, 1])
  expect(await sequences({ actor: 'ADMIN@' })).toEqual([3, 1])
  expect(await sequences({ actor: '%' })).toEqual([])
  expect(await sequences({ text: '0%_X' })).toEqual([3])
  expect(await sequences({ text: '_' })).toEqual([3])
  expect(await sequences({ from: now, until: new Date(now.getTime() + 1) })).toEqual([3, 2, 1])
  expect(await sequences({ until: now })).toEqual([])
  expect(await sequences({ action: 'mail-server.save', text: 'anonymous' })).toEqual([])
  expect(await sequences({ text: '0%_X', named: ['sign-in.failed'] })).toEqual([3, 2])
  expect(await sequences({ text: '192.0.2.7', named: ['mail-server.save'], result: 'refused' })).toEqual([2])
})

test('pages walk to the oldest row and back without loss or repeat, while new rows arrive', async () => {
  const total = 2 * AUDIT_PAGE_ROWS + 7
  for (let n = 0; n < total; n++) await log.record(saved)

  const first = await pagesOf({})
  expect(first).toMatchObject({ hasNewer: false, hasOlder: true })
  await log.record(saved)

  const edge = (page: AuditPage, at: 0 | -1) => page.rows.at(at)?.sequence ?? 0n
  const second = await log.read({}, { kind: 'before', sequence: edge(first, -1) })
  const third = await log.read({}, { kind: 'before', sequence: edge(second, -1) })
  expect([...first.rows, ...second.rows, ...third.rows].map(({ sequence }) => Number(sequence))).toEqual(
    Array.from({ length: total }, (_, n) => total - n),
  )
  expect(third).toMatchObject({ hasNewer: true, hasOlder: false })

  const back = await log.read({}, { kind: 'after', sequence: edge(third, 0) })
  expect(back.rows).toEqual(second.rows)
  expect(back).toMatchObject({ hasNewer: true, hasOlder: true })
})

/** Two rows for each minute, the second of which was written when the clock was an hour behind. */
async function recordMinutes(): Promise<void> {
  await asOwner(`
    INSERT INTO "AuditEvent" (sequence, at, action, "actorKind", "actorName", "requestId", result, details, "previousHash", hash)
    SELECT n, '2027-01-01T00:00:00Z'::timestamptz + n / 2 * interval '1 minute' - n % 2 * interval '1 hour', 'client.add',
      'operator', 'admin@contoso.example', 'r', 'done', '{}', '', n::text FROM generate_series(1, 20000) n`)
  await database.db.$executeRaw`ANALYZE "AuditEvent"`
}

test('pages walk through a period in which the clock was set back, in the order of time', async () => {
  await recordMinutes()
  const filter = { from: new Date('2027-01-01T12:00:00Z'), until: new Date('2027-01-01T14:00:00Z') }
  const walked = [await pagesOf(filter)]
  while (walked.at(-1)?.hasOlder) {
    const sequence = walked.at(-1)?.rows.at(-1)?.sequence ?? 0n
    walked.push(await log.read(filter, { kind: 'before', sequence }))
  }
  const rows = walked.flatMap((page) => page.rows)
  expect(new Set(rows.map(({ sequence }) => sequence)).size).toBe(240)
  expect(rows.map(({ at }) => at.getTime())).toEqual(rows.map(({ at }) => at.getTime()).sort((a, b) => b - a))
  const back = await log.read(filter, { kind: 'after', sequence: walked.at(-1)?.rows.at(0)?.sequence ?? 0n })
  expect(back.rows).toEqual(walked.at(-2)?.rows)
})

test('U-01 the pages of a file are all that matches, however many, each once', async () => {
  await recordMinutes()
  const filter = { from: new Date('2027-01-02T00:00:00Z') }
  const rows: AuditRow[] = []
  for await (const page of log.pages(filter)) rows.push(...page)
  expect(new Set(rows.map(({ sequence }) => sequence)).size).toBe(
    await database.db.auditEvent.count({ where: { at: { gte: filter.from } } }),
  )
  expect(rows.length).toBeGreaterThan(10_000)
  expect(rows.map(({ at }) => at.getTime())).toEqual(rows.map(({ at }) => at.getTime()).sort((a, b) => b - a))
})

test.each<[string, AuditFilter]>([
  ['a period', {}],
  ['a kind in it', { action: 'client.add' }],
  ['a person in it', { actor: 'admin@' }],
  ['events whose name has the text', { text: 'added', named: ['client.add' as const] }],
])('a page of %s far back reads few rows, however many there are', async (_, filter) => {
  await recordMinutes()
  const read = await database.db.$transaction(async (tx) => {
    const readSoFar = async () => {
      const [row] = await tx.$queryRaw<{ count: number }[]>`
        SELECT (seq_tup_read + idx_tup_fetch)::int AS "count" FROM pg_stat_xact_user_tables WHERE relname = 'AuditEvent'`
      return row?.count ?? 0
    }
    const before = await readSoFar()
    const { rows } = await createAuditLog(tx as typeof database.db, clock).read(
      { ...filter, until: new Date('2027-01-04T00:00:00Z') },
      { kind: 'newest' },
    )
    expect(rows).toHaveLength(AUDIT_PAGE_ROWS)
    return (await readSoFar()) - before
  })
  expect(read).toBeLessThan(500)
})

test('a file is complete even if its request has no time left for the database, because each page has its own', async () => {
  for (let number = 0; number < 5; number++) await log.record(saved)
  const end = beginBudget(0)
  const rows: AuditRow[] = []
  for await (const page of auditPages(database.db, {}, 1)) rows.push(...page)
  end()
  expect(rows).toHaveLength(5)
})
