import { rmSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { aMessage, outboxAt } from '../../tests/support/outbox'
import { canMount, fill, onSmallVolume } from '../../tests/support/small-volume'
import { checked } from '../../tests/support/wire-safe'
import { diskFullText } from '../config/disk-full'
import { createLog } from '../config/logger'
import { isDatabaseReady } from '../db/maintenance/readiness'
import { databaseCause } from '../db/outage'
import { Redacted } from '../kernel/redacted'

const database = databaseOfEach()
const LONG = Buffer.from(`${'x'.repeat(78)}\r\n`.repeat(1_000))

const mayMount = canMount()

test.skipIf(!mayMount)(
  'F-51 R-10 on a full disk nothing is acknowledged or stored in part, the log names the volume, and freeing space is enough to continue',
  async () => {
    const outbox = await outboxAt({ database, port: 25 })
    const volume = await onSmallVolume(database)
    const filler = path.join(volume, 'filler')
    fill(filler)
    const accepted: string[] = []
    let refusal: unknown = null
    while (refusal === null) {
      const message = await aMessage(`number ${accepted.length}`)
      await outbox.accept({ ...message, bytes: checked(Buffer.concat([message.bytes, LONG])) }).then(
        (result) => {
          if (!result.ok) throw new Error(result.error)
          accepted.push(result.value.id)
        },
        (thrown: unknown) => {
          refusal = thrown
        },
      )
    }
    expect(databaseCause(refusal)).toBe('full')
    const stored = () => database.db.message.findMany({ orderBy: { id: 'asc' }, select: { id: true } })
    expect((await stored()).map(({ id }) => id)).toEqual(accepted)
    expect(await database.db.messageBody.count()).toBe(accepted.length)
    expect(await database.db.recipient.count()).toBe(accepted.length)
    expect(await isDatabaseReady(database.db)).toBe(true)

    const lines: string[] = []
    const environment = { embeddedDatabase: true, dataDir: '/srv/postroom', databaseUrl: new Redacted(database.url) }
    const log = createLog({
      level: 'info',
      process: 'worker',
      explain: diskFullText(environment),
      write: (line) => lines.push(line),
    })
    log.warn('the outbox cannot use the database', { error: refusal })
    log.warn('something else', { error: new Error('No space left on device') })
    const [line, other] = lines.map((each) => JSON.parse(each) as Record<string, string>)
    expect(line?.reason).toContain('/srv/postroom/postgres')
    expect(other).not.toHaveProperty('reason')

    rmSync(filler)
    expect(await outbox.accept(await aMessage('after'))).toMatchObject({ ok: true })
    expect(await stored()).toHaveLength(accepted.length + 1)
  },
)

test('R-10 while the database is locked nothing is acknowledged, reading still works, and afterwards each message is stored once', async () => {
  const outbox = await outboxAt({ database, port: 25 })
  const blocker = new pg.Client({ connectionString: database.url })
  await blocker.connect()
  onTestFinished(() => blocker.end())
  await blocker.query('BEGIN; LOCK TABLE "MessageBody" IN ACCESS EXCLUSIVE MODE')
  let acknowledged = 0
  const accepting = [1, 2, 3].map(async (number) => {
    const result = await outbox.accept(await aMessage(`number ${number}`))
    acknowledged++
    return result.ok && result.value.id
  })
  const waits = async () =>
    (await blocker.query('SELECT 1 FROM pg_locks WHERE NOT granted AND relation = \'"MessageBody"\'::regclass'))
      .rowCount
  await expect.poll(waits).toBeGreaterThan(0)
  expect(await isDatabaseReady(database.db)).toBe(true)
  expect([acknowledged, await database.db.message.count()]).toEqual([0, 0])
  await blocker.query('COMMIT')
  const ids = await Promise.all(accepting)
  expect((await database.db.message.findMany()).map(({ id }) => id).sort()).toEqual(ids.sort())
})
