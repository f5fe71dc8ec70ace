import { spawn } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { bundledProcess } from '../../tests/support/bundled-process'
import { testAuthority } from '../../tests/support/certificates'
import { databaseOfEach } from '../../tests/support/each-database'
import { caller, newKey } from '../../tests/support/mail-server'
import { outboxAt, SERVER_ID } from '../../tests/support/outbox'
import { remindersAbout } from '../../tests/support/reminders'
import type { ReminderOrders } from '../../tests/support/reminders-process'
import { jsonAnswer, startHttps } from '../../tests/support/servers'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { quiet, worldAt } from '../../tests/support/world'
import { LEAN } from '../host/lean'
import { DAY_MS, HOUR_MS, MINUTE_MS, newId, systemClock } from '../kernel'
import { composeNotifications } from '../services/notifications'
import { createAlerts } from '.'

/* The worker's turn in a process that is killed with -9 after it has claimed an alert, the weekly report or a reminder of an API key. */
/** With `SOAK=1` one for each of them, otherwise for one of them. */
const KILLS = process.env.SOAK ? 3 : 1
const database = databaseOfEach()
let bundle: string
beforeAll(async () => {
  bundle = await bundledProcess('reminders')
})

async function world(kind: 'mail' | 'webhook') {
  const { db, url } = database
  const authority = await testAuthority()
  let answer: (() => string) | null = null
  const inbox = await untilTestEnds(startHttps(await authority.certify(), () => (answer ? answer() : () => {})))
  const key = newKey('k1')
  const allowNetworks = [new URL(inbox.origin).host]
  const common = worldAt({
    db,
    keys: [key],
    allowNetworks: ['localhost', ...allowNetworks],
    ports: [25],
    ca: [authority.certificate],
  })
  const alerts = createAlerts({
    db,
    clock: systemClock,
    log: quiet,
    environment: { ...common.environment, submission: null, dataDir: '' },
  })
  const { channels } = composeNotifications({
    ...common,
    alerts,
    outbox: await outboxAt({ database, port: 25 }),
    credentials: remindersAbout({ db, clock: systemClock }, () => []),
  })
  const place = { address: 'team@contoso.example', url: `${inbox.origin}/hook` }
  const added = await channels.add(caller, {
    kind,
    name: kind,
    locale: 'en',
    ...place,
    [kind === 'mail' ? 'url' : 'address']: '',
  })
  if (!added.ok) throw new Error(String(added.error))
  const due = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS)
  const schedule = { weekday: due.getUTCDay() || 7, hour: due.getUTCHours() }
  expect(await alerts.weekly.save(caller, { ...schedule, channels: [added.value.id], version: 0 })).toBe(true)
  await db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['server-paused'] } })
  const pausedAt = new Date(Date.now() - HOUR_MS)
  await db.mailServer.update({ where: { id: SERVER_ID }, data: { pausedAt, pausedBy: 'admin@contoso.example' } })
  await db.client.create({
    data: {
      id: newId(),
      way: 'api-key',
      kind: 'application',
      name: 'Billing',
      senders: ['billing@contoso.example'],
      scopes: ['send'],
      secretHash: 'a',
      createdBy: 'x',
      createdAt: new Date(),
      expiresAt: new Date(Date.now() + 5 * DAY_MS),
    },
  })
  const turn = (ms: number) => {
    const orders: ReminderOrders = {
      url,
      ca: authority.certificate,
      allowNetworks,
      aheadMs: due.getTime() - Date.now() + ms,
      keys: [{ kid: key.kid, key: key.key.reveal() }],
    }
    const child = spawn(process.execPath, [...LEAN, bundle], {
      env: { ...process.env, ORDERS: JSON.stringify(orders) },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    return { child, ended: once(child, 'close') }
  }
  const heal = () => {
    answer = () => jsonAnswer({})
  }
  return { db, inbox, turn, heal }
}
const SUBJECTS = [/^\[?.*API key/, /^Weekly report/, /^“Mail server” is paused$/]

test('R-16 R-25 R-26 F-55 kill -9 between an alert and its notification, or between claim and mail: alert, weekly report and reminder of an API key are each one mail', async () => {
  const { db, turn } = await world('mail')
  const blocker = new pg.Client({ connectionString: database.url })
  await blocker.connect()
  onTestFinished(() => blocker.end())
  const waiting = () =>
    blocker.query(`SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
      WHERE NOT l.granted`)
  for (const table of ['Reminder', ...Array(KILLS).fill('Message')]) {
    // It may read, and waits when it stores the notification of the alert that it has just stored, or puts a mail into the outbox.
    await blocker.query(`BEGIN; LOCK TABLE "${table}" IN SHARE MODE`)
    const { child, ended } = turn(MINUTE_MS)
    await expect.poll(async () => (await waiting()).rowCount, { timeout: 20_000 }).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await ended
    await blocker.query('ROLLBACK')
    await expect.poll(() => db.alert.count()).toBe(table === 'Reminder' ? 0 : 1)
  }
  expect(await db.message.count()).toBe(0)
  await turn(5 * MINUTE_MS).ended
  const subjects = (await db.message.findMany({ select: { subject: true } })).map(({ subject }) => subject).sort()
  expect(subjects).toEqual(SUBJECTS.map((subject) => expect.stringMatching(subject)))
}, 60_000)

test('R-16 R-25 R-26 F-55 kill -9 while the answer of a webhook is awaited: what may have arrived comes again once, with the same deliveryId', async () => {
  const { inbox, turn, heal } = await world('webhook')
  const posts = () => inbox.requests.map((text) => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)))
  for (let killed = 1; killed <= KILLS; killed++) {
    const { child, ended } = turn(MINUTE_MS)
    await expect.poll(() => posts().length, { timeout: 20_000 }).toBe(killed)
    child.kill('SIGKILL')
    await ended
  }
  heal()
  await turn(5 * MINUTE_MS).ended
  const all = posts().map(({ type, deliveryId }) => `${type} ${deliveryId}`)
  expect(all).toHaveLength(KILLS + 3)
  expect(new Set(all).size).toBe(3)
  expect(new Set(posts().map(({ type }) => type)).size).toBe(3)
}, 60_000)
