import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { apiWorld } from '../../../tests/support/api-server'
import { databaseOfEach } from '../../../tests/support/each-database'
import { canMount, fill, onSmallVolume, smallVolume, unmount } from '../../../tests/support/small-volume'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { quiet } from '../../../tests/support/world'
import { isDatabaseFull } from '../../operations/store/status'

const database = databaseOfEach()
const mayMount = canMount()
const SENDER = 'scanner@contoso.example'
const MAIL = { to: 'anna@fabrikam.example', subject: 'q', text: 'ok' }

async function begun(spoolFolder?: string) {
  const logged: string[] = []
  const log = {
    ...quiet,
    warn: (text: string) => logged.push(`warn ${text}`),
    error: (text: string) => logged.push(`error ${text}`),
  }
  const it = await untilTestEnds(
    apiWorld({ database, log, entrances: ['starttls'], ...(spoolFolder && { spoolFolder }) }),
  )
  const talk = await untilTestEnds(SmtpTalk.connect(it.ports.starttls ?? 0))
  expect(await talk.begin(await it.client())).toMatch(/^235 /)
  const submit = async (lines: number): Promise<string> => {
    const envelope = await talk.envelope(SENDER, 'anna@fabrikam.example')
    return envelope.startsWith('354')
      ? talk.ask(`Subject: q\r\n\r\n${`${'x'.repeat(78)}\r\n`.repeat(lines)}.`)
      : envelope
  }
  const { secret } = await it.client({ name: 'Shop', scopes: 'send' }, 'api-key')
  const post = async (lines: number): Promise<string> => {
    const file = {
      filename: 'a',
      contentType: 'text/plain',
      contentBase64: Buffer.alloc(80 * lines, 'x').toString('base64'),
    }
    const { status, body } = await it.call('/messages', { key: secret, body: { ...MAIL, attachments: [file] } })
    return `${status} ${body.code}`
  }
  return { ...it, talk, submit, post, logged }
}

/** Every stored message has its text and its recipient. */
async function stored(): Promise<number> {
  const whole = { body: { isNot: null }, recipients: { some: {} } }
  const [count, complete] = [await database.db.message.count(), await database.db.message.count({ where: whole })]
  expect(complete).toBe(count)
  return count
}

test.skipIf(!mayMount)(
  'R-10 F-51 while the disk of the database is full clients get 452 and 507, System says so, and freeing space is enough',
  async () => {
    const volume = await onSmallVolume(database)
    const { submit, post } = await begun()
    const filler = path.join(volume, 'filler')
    fill(filler)
    let accepted = 0
    let answer = await submit(1_000)
    while (answer.startsWith('250')) {
      accepted++
      answer = await submit(1_000)
    }
    expect(answer).toMatch(/^452 4\.3\.1 The disk is full/)
    expect(await post(1_000)).toBe('507 disk-full')
    expect(await stored()).toBe(accepted)
    expect(await isDatabaseFull(database.db)).toBe(true)
    rmSync(filler)
    await expect.poll(() => submit(1_000)).toMatch(/^250 /)
    expect(await post(1_000)).toMatch(/^202 /)
    expect(await stored()).toBe(accepted + 2)
    expect(await isDatabaseFull(database.db)).toBe(false)
  },
)

test.skipIf(!mayMount)(
  'R-10 F-51 while the disk for large messages is full they get 452 and 507, small ones are accepted, and no file is left',
  async () => {
    const volume = smallVolume() ?? ''
    onTestFinished(() => unmount(volume))
    const { submit, post, spoolFolder } = await begun(path.join(volume, 'spool'))
    // The API opens its folder with the first body.
    expect(await post(10)).toMatch(/^202 /)
    const filler = path.join(volume, 'filler')
    fill(filler)
    expect(await submit(20_000)).toMatch(/^452 4\.3\.1 The disk is full/)
    expect(await post(20_000)).toBe('507 disk-full')
    expect(await submit(10)).toMatch(/^250 /)
    expect(await post(10)).toMatch(/^202 /)
    rmSync(filler)
    expect(await submit(20_000)).toMatch(/^250 /)
    expect(await post(20_000)).toMatch(/^202 /)
    expect(readdirSync(spoolFolder)).toEqual([])
    expect(await stored()).toBe(5)
  },
)

test('R-09 F-48 while the database is away clients get 451 on an open connection and on a new one, and are served when it is back', async () => {
  const { submit, ports, talk, submission, client, logged } = await begun()
  const other = await client({ name: 'Other' })
  expect(await submit(10)).toMatch(/^250 /)
  await database.allow(false)
  await expect.poll(() => submit(10), { timeout: 10_000 }).toMatch(/^451 4\.3\.0 The database does not respond/)
  const late = await untilTestEnds(SmtpTalk.connect(ports.starttls ?? 0))
  expect(await late.begin(other)).toMatch(/^451 4\.3\.0/)
  // Sessions that end during the outage may be mentioned too.
  expect(logged).toContain('warn an SMTP command was rejected for now')
  expect(logged.filter((line) => line.startsWith('error'))).toEqual([])
  expect(await talk.ask('NOOP')).toMatch(/^250 /)
  await database.allow(true)
  await expect.poll(() => submit(10), { timeout: 10_000 }).toMatch(/^250 /)
  // A client that continues without its sign-in may try the same message again.
  expect(await late.ask(`MAIL FROM:<${SENDER}>`)).toMatch(/^451 4\.3\.0/)
  expect(await late.logIn(other.login, other.secret)).toMatch(/^235 /)
  expect(await submission.clients.list()).toHaveLength(3)
  expect(await stored()).toBe(2)
})

test.each([
  ['its disk is full', '53100', /^452 4\.3\.1 The disk is full/],
  ['it is out of memory', '53200', /^451 4\.3\.0 The database is out of memory/],
  ['it has no connection left', '53300', /^451 4\.3\.0 The database has no connection left/],
  ['a lock lasts too long', '55P03', /^451 4\.3\.0 A lock in the database lasts too long/],
  ['it shuts down', '57P01', /^451 4\.3\.0 The database does not respond/],
  ['it is read-only', '25006', /^451 4\.3\.0 The database does not respond/],
])(
  'R-10 a message that the database cannot store because %s gets 4xx and a line in the log, and is accepted later',
  async (_, state, reply) => {
    const { submit, logged } = await begun()
    await database.db.$executeRawUnsafe(`CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'stopped' USING ERRCODE = '${state}'; END $$`)
    await database.db.$executeRaw`CREATE TRIGGER stop BEFORE INSERT ON "Message" FOR EACH ROW EXECUTE FUNCTION stop()`
    expect(await submit(10)).toMatch(reply)
    expect(logged).toEqual(['warn a submission was rejected for now'])
    await database.db.$executeRaw`DROP TRIGGER stop ON "Message"`
    expect(await submit(10)).toMatch(/^250 /)
    expect(await stored()).toBe(1)
  },
)

test('a large message that our own side cannot take gets 451, and the log has an error', async () => {
  const { submit, spoolFolder, logged } = await begun()
  rmSync(spoolFolder, { recursive: true })
  writeFileSync(spoolFolder, '')
  expect(await submit(20_000)).toMatch(/^451 4\.3\.0 An internal error/)
  expect(logged).toEqual(['error an SMTP command ended with an error'])
  expect(await submit(10)).toMatch(/^250 /)
})

test('R-10 F-49 while the database is locked a client waits and gets nothing acknowledged that is not stored', async () => {
  const { submit } = await begun()
  const blocker = new pg.Client({ connectionString: database.url })
  await blocker.connect()
  onTestFinished(() => blocker.end())
  await blocker.query('BEGIN; LOCK TABLE "MessageBody" IN ACCESS EXCLUSIVE MODE')
  const answer = submit(10)
  const waits = async () =>
    (await blocker.query('SELECT 1 FROM pg_locks WHERE NOT granted AND relation = \'"MessageBody"\'::regclass'))
      .rowCount
  await expect.poll(waits).toBeGreaterThan(0)
  await blocker.query('COMMIT')
  expect(await answer).toMatch(/^250 /)
  expect(await stored()).toBe(1)
})
