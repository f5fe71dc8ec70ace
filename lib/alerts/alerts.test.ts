import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createTestAuthority, testAuthority } from '../../tests/support/certificates'
import { databaseOfEach } from '../../tests/support/each-database'
import { waitingFor } from '../../tests/support/locks'
import { caller, newKey } from '../../tests/support/mail-server'
import { outboxAt, SERVER_ID } from '../../tests/support/outbox'
import { remindersAbout } from '../../tests/support/reminders'
import { jsonAnswer, startHttps, startSmtp } from '../../tests/support/servers'
import { canMount, fill, fillAndCloseSessions, onSmallVolume } from '../../tests/support/small-volume'
import { quiet, worldAt } from '../../tests/support/world'
import { listReminders } from '../credentials/store/reminders'
import type { Db } from '../db'
import { DAY_MS, HOUR_MS, MINUTE_MS, newId, newOrderedId, systemClock } from '../kernel'
import { claimNotifications, saveResult } from '../notifications/store/notifications'
import { composeNotifications } from '../services/notifications'
import { createAlerts } from '.'
import { createFullDatabaseWatch } from './full-database'
import { OVER_AFTER_MS } from './plan'

const database = databaseOfEach()

async function world() {
  const { db } = database
  const authority = await testAuthority()
  const [inbox, smtp] = await Promise.all([
    startHttps(await authority.certify(), (request) => jsonAnswer({}, request.startsWith('POST /failing') ? 500 : 200)),
    startSmtp({ security: 'none' }),
  ])
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'postroom-alerts-'))
  onTestFinished(() => inbox.close())
  onTestFinished(() => smtp.close())
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  let aheadMs = 0
  const now = () => new Date(Date.now() + aheadMs)
  const clock = { ...systemClock, now, current: async () => now() }
  const outbox = await outboxAt({ database, port: smtp.port })
  const allowNetworks = ['localhost', new URL(inbox.origin).host]
  const ca = [authority.certificate]
  const common = worldAt({ db, clock, keys: [newKey('k1')], allowNetworks, ports: [smtp.port], ca })
  const environment = { ...common.environment, submission: null, dataDir }
  const alerts = createAlerts({ db, clock, log: quiet, environment })
  const notifications = composeNotifications({
    ...common,
    outbox,
    alerts,
    credentials: remindersAbout({ db, clock }, () => []),
  })
  const add = async (kind: 'mail' | 'webhook', to: object) => {
    const added = await notifications.channels.add(caller, {
      kind,
      name: kind,
      locale: 'en',
      address: '',
      url: '',
      ...to,
    })
    if (!added.ok) throw new Error(String(added.error))
    return added.value.id
  }
  return {
    db,
    alerts,
    notifications,
    inbox,
    smtp,
    outbox,
    dataDir,
    environment,
    add,
    /** One turn of the worker, that long after now. */
    async turn(ms: number) {
      await this.planned(ms)
      await alerts.watch()
      await Promise.all([notifications.work(), notifications.work()])
    },
    /** As far as the worker plans the weekly report. */
    async planned(ms: number) {
      aheadMs = ms
      await alerts.weekly.plan()
    },
    posts: () => inbox.requests.map((text) => JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))),
    pause: (pausedAt: Date | null) =>
      db.mailServer.update({
        where: { id: SERVER_ID },
        data: { pausedAt, pausedBy: pausedAt && 'admin@contoso.example' },
      }),
  }
}

test('R-25 an alert reaches each channel once, is repeated until it is acknowledged, and ends with an all-clear', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.add('mail', { address: 'team@contoso.example' })
  // The mail of the alert waits too, which is another alert.
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['server-paused'] } })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await it.turn(0)
  await it.turn(MINUTE_MS)
  const types = () => it.posts().map(({ type }) => type)
  expect(types()).toEqual(['alert.opened'])
  expect(it.posts()[0]).toMatchObject({
    alert: {
      kind: 'server-paused',
      subject: `mail-server:${SERVER_ID}`,
      details: { server: 'Mail server' },
      closedAt: null,
    },
    url: 'https://console.contoso.example/credentials/alerts',
  })
  expect(it.inbox.requests[0]).toMatch(/postroom-signature: v1=[0-9a-f]{64}/i)
  const mails = async () =>
    (await it.db.message.findMany({ orderBy: { id: 'asc' } })).map(({ subject, state }) => `${state} ${subject}`)
  expect(await mails()).toEqual(['queued “Mail server” is paused'])

  await it.turn(4 * HOUR_MS + 2 * MINUTE_MS)
  expect(types()).toEqual(['alert.opened', 'alert.still'])
  const [open] = await it.alerts.list(10)
  expect([...(await it.alerts.notified([open?.id ?? '']))]).toEqual([[open?.id, ['webhook']]])
  expect(await it.alerts.acknowledge(caller, open?.id ?? '')).toBe(true)
  expect(await it.alerts.acknowledge(caller, open?.id ?? '')).toBe(false)
  await it.turn(9 * HOUR_MS)
  expect(types()).toHaveLength(2)

  await it.pause(null)
  await it.turn(9 * HOUR_MS + MINUTE_MS)
  expect(types()).toHaveLength(2)
  await it.turn(9 * HOUR_MS + 6 * MINUTE_MS)
  await it.turn(9 * HOUR_MS + 7 * MINUTE_MS)
  expect(types()).toEqual(['alert.opened', 'alert.still', 'alert.over'])
  // The mail never left, so it is withdrawn, and its reader is not told that something unknown is over.
  expect(await mails()).toEqual(['cancelled “Mail server” is paused'])
  expect(await it.alerts.list(10)).toMatchObject([
    { kind: 'server-paused', acknowledgedBy: expect.any(String), closedAt: expect.any(Date) },
  ])
  const actions = (await it.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })).map(({ action }) => action)
  expect(actions.filter((action) => action === 'alert.acknowledge')).toHaveLength(1)
  // The same condition, after it was over, is another alert.
  await it.pause(new Date())
  await it.turn(10 * HOUR_MS)
  expect(types().slice(3)).toEqual(['alert.opened'])
})

test('R-25 an alert that is over while a channel is being notified of it ends there with an all-clear', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await it.alerts.watch()
  const limits = { leaseMs: 7 * MINUTE_MS, pauseMsMax: HOUR_MS, rowsMax: 10 }
  const [sending] = await claimNotifications(it.db, new Date(), limits)
  await it.pause(null)
  await it.turn(6 * MINUTE_MS)
  await saveResult(it.db, sending ? [sending] : [], { at: new Date(), fault: null, nextAttemptAt: null }, [])
  await it.turn(7 * MINUTE_MS)
  await it.turn(8 * MINUTE_MS)
  expect(it.posts().map(({ type }) => type)).toEqual(['alert.over'])
})

test('R-25 once an alert is acknowledged, nothing that waits of it is sent, and an attempt that had begun is the last', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.add('mail', { address: 'team@contoso.example' })
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['server-paused'] } })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await it.turn(0)
  // Of two more webhooks, one waits, and the worker of the other is killed.
  await it.add('webhook', { url: `${it.inbox.origin}/second` })
  await it.add('webhook', { url: `${it.inbox.origin}/third` })
  await it.alerts.watch()
  const limits = { leaseMs: MINUTE_MS, pauseMsMax: HOUR_MS, rowsMax: 1 }
  expect(await claimNotifications(it.db, new Date(), limits)).toHaveLength(1)
  const states = async () => (await it.db.reminder.findMany()).map(({ state }) => state).sort()
  expect(await states()).toEqual(['due', 'due', 'queued', 'sent'])
  const [open] = await it.alerts.list(10)
  expect(await it.alerts.acknowledge(caller, open?.id ?? '')).toBe(true)
  expect(await states()).toEqual(['cancelled', 'cancelled', 'due', 'sent'])
  expect(await it.db.message.findMany({ select: { state: true } })).toEqual([{ state: 'cancelled' }])
  await it.turn(5 * MINUTE_MS)
  expect(await states()).toEqual(['cancelled', 'cancelled', 'cancelled', 'sent'])
  expect(it.posts().map(({ type }) => type)).toEqual(['alert.opened'])
})

test('R-25 a person may acknowledge an alert while the worker ends it', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await it.alerts.watch()
  const [open] = await it.alerts.list(10)
  await it.pause(null)
  await it.planned(6 * MINUTE_MS)
  const waiting = async () => {
    const [row] = await it.db.$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
    return row.count
  }
  const both = await it.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Reminder" FOR UPDATE`
    const watching = it.alerts.watch()
    await expect.poll(waiting).toBe(1)
    const acknowledging = it.alerts.acknowledge(caller, open?.id ?? '')
    await expect.poll(waiting).toBe(2)
    return { done: Promise.all([watching, acknowledging]) }
  })
  // It is over when the person comes to it.
  expect(await both.done).toEqual([undefined, false])
  expect(await it.alerts.list(10)).toMatchObject([{ closedAt: expect.any(Date), acknowledgedAt: null }])
})

const messageAt = (at: Date, more: object) => ({
  id: newOrderedId(at),
  mailServerId: SERVER_ID,
  source: 'smtp',
  subject: 'x',
  messageId: '<x@contoso.example>',
  sizeBytes: 1,
  needsUtf8: false,
  acceptedAt: at,
  dueAt: at,
  expiresAt: new Date(at.getTime() + 5 * DAY_MS),
  ...more,
})

/** A client that sent every other hour until three days ago, with the messages that it sent. */
async function silentScanner(db: Db, now: Date, name = 'Scanner') {
  const id = newId()
  const senders = ['*@contoso.example']
  const networks = ['192.0.2.0/24']
  const row = {
    id,
    way: 'network',
    kind: 'printer',
    name,
    senders,
    networks,
    createdBy: 'x',
    createdAt: now,
  }
  await db.client.create({ data: row })
  const times = Array.from({ length: 80 }, (_, nth) => new Date(now.getTime() - 3 * DAY_MS - nth * 2 * HOUR_MS))
  const sent = times.map((at) => messageAt(at, { state: 'delivered', endedAt: at, clientId: id }))
  await db.message.createMany({ data: sent })
  return id
}

test('R-25 many alerts are opened and held in as many statements as one, because a transaction has ten seconds', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  let statements = 0
  const db = it.db.$extends({
    query: {
      $allOperations({ args, query }) {
        statements++
        return query(args)
      },
    },
  }) as unknown as Db
  const alerts = createAlerts({ db, clock: systemClock, log: quiet, environment: it.environment })
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['server-paused'] } })
  const watched = async () => {
    statements = 0
    await alerts.watch()
    return statements
  }
  await it.pause(new Date(Date.now() - HOUR_MS))
  const [opened, held] = [await watched(), await watched()]
  const row = { settings: { type: 'smtp' }, version: 1, pausedAt: new Date(Date.now() - HOUR_MS), pausedBy: 'x' }
  await it.db.mailServer.createMany({ data: ['A', 'B', 'C'].map((name) => ({ ...row, id: newId(), name })) })
  expect(await watched()).toBeLessThanOrEqual(opened)
  expect(await watched()).toBe(held)
  expect(await alerts.list(10)).toHaveLength(4)
  expect(await it.db.reminder.count()).toBe(4)
})

test('R-25 a notification that has failed is not sent any more once its alert is over', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['server-paused'] } })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await it.planned(0)
  await it.alerts.watch()
  expect(await listReminders(it.db, 10)).toEqual([])
  await it.db.reminder.updateMany({ data: { state: 'failed' } })
  expect(await listReminders(it.db, 10)).toMatchObject([{ credentialId: null, clientId: null, state: 'failed' }])
  await it.pause(null)
  await it.turn(9 * MINUTE_MS)
  expect((await it.alerts.list(10))[0]?.closedAt).not.toBeNull()
  await it.notifications.retryNow(caller)
  expect(it.posts()).toEqual([])
  expect(await it.db.reminder.findMany()).toMatchObject([{ state: 'cancelled' }])
})

test('R-25 a channel that fails is attempted once a turn, so that several alerts do not keep the other channels waiting', async () => {
  const it = await world()
  const failing = await it.add('webhook', { url: `${it.inbox.origin}/failing` })
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  const data = { kinds: ['server-paused', 'disk'], diskGib: 10_000 }
  await it.db.alertSettings.update({ where: { id: 1 }, data })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await it.alerts.watch()
  expect(await it.notifications.work()).toEqual({ sent: 2, failed: 1 })
  const attempts = { channelId: failing, attempts: { gt: 0 } }
  expect(await it.db.reminder.count({ where: attempts })).toBe(1)
  await it.notifications.work()
  expect(await it.db.reminder.count({ where: attempts })).toBe(2)
})

/** Three paused mail servers that have no alerts yet, with a webhook and a person to tell. */
async function worldOfThreePauses() {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.add('mail', { address: 'team@contoso.example' })
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['server-paused'] } })
  const row = { settings: { type: 'smtp' }, version: 1, pausedAt: new Date(Date.now() - HOUR_MS), pausedBy: 'x' }
  await it.db.mailServer.createMany({ data: ['A', 'B', 'C'].map((name) => ({ ...row, id: newId(), name })) })
  return it
}

test('R-25 alerts of one kind that are due together are one notice, and a mail that waits is written again without those that were acknowledged', async () => {
  const it = await worldOfThreePauses()
  const mails = async () =>
    (await it.db.message.findMany({ include: { body: true } })).map(({ subject, state, body }) => ({
      line: `${state} ${subject}`,
      text: Buffer.from(body?.bytes ?? []).toString(),
    }))
  const about = (type: string, count: number) => ({
    type: 'alerts.digest',
    alert: null,
    alerts: Array(count).fill({ type }),
  })
  await it.turn(0)
  await it.turn(MINUTE_MS)
  expect(it.posts()).toMatchObject([about('alert.opened', 3)])
  expect(await mails()).toMatchObject([{ line: 'queued 3 mail servers are paused' }])
  const deliveries = await it.db.reminder.groupBy({ by: ['channelId', 'deliveryId'] })
  expect(deliveries).toHaveLength(2)

  const [first] = await it.alerts.list(10)
  expect(await it.alerts.acknowledge(caller, first?.id ?? '')).toBe(true)
  await it.turn(2 * MINUTE_MS)
  const [mail] = await mails()
  expect(mail?.line).toBe('queued 2 mail servers are paused')
  expect(mail?.text).not.toContain(`${first?.details.server}`.padStart(2, '\u201c'))
  await it.turn(4 * HOUR_MS + 2 * MINUTE_MS)
  await it.db.mailServer.updateMany({ data: { pausedAt: null, pausedBy: null } })
  await it.turn(4 * HOUR_MS + 9 * MINUTE_MS)
  const all = [about('alert.opened', 3), about('alert.still', 2), about('alert.over', 3)]
  expect(it.posts()).toMatchObject(all)
  expect(await mails()).toMatchObject([{ line: 'cancelled 2 mail servers are paused' }])
})

test('R-25 what waits, what fails, a full disk and a silent client are measured', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { diskGib: 10_000, failuresPerMinute: 1 } })
  const now = new Date()
  const PAUSED_ID = newId()
  await it.db.mailServer.create({
    data: { id: PAUSED_ID, name: 'Paused', settings: { type: 'smtp' }, version: 1, pausedAt: now, pausedBy: 'x' },
  })
  const long = new Date(now.getTime() - DAY_MS)
  await it.db.mailServer.create({
    data: {
      id: newId(),
      name: 'Removed',
      settings: { type: 'smtp' },
      version: 1,
      pausedAt: long,
      pausedBy: 'x',
      removedAt: now,
    },
  })
  const clientId = await silentScanner(it.db, now)
  await it.db.client.update({ where: { id: await silentScanner(it.db, now, 'Off') }, data: { disabledAt: now } })
  await it.db.client.update({ where: { id: await silentScanner(it.db, now, 'Gone') }, data: { removedAt: now } })
  const atBoth = messageAt(new Date(now.getTime() - 2 * HOUR_MS), { state: 'queued', mailServerId: PAUSED_ID })
  await it.db.message.createMany({
    data: [
      messageAt(new Date(now.getTime() - HOUR_MS), { state: 'queued' }),
      messageAt(new Date(now.getTime() - 3 * HOUR_MS), { state: 'queued', mailServerId: PAUSED_ID }),
      atBoth,
      messageAt(now, { state: 'sending' }),
      ...['held', 'delivered', 'failed'].map((state) =>
        messageAt(new Date(now.getTime() - 4 * HOUR_MS), { state, endedAt: new Date(now.getTime() - 6 * MINUTE_MS) }),
      ),
      ...['busy', 'busy', 'gone', null, 'busy'].map((lastCode) =>
        messageAt(now, { state: 'failed', endedAt: now, lastCode, reason: lastCode && 'partly' }),
      ),
    ],
  })
  await it.db.otherQueue.create({ data: { messageId: atBoth.id, mailServerId: SERVER_ID, dueAt: now } })
  await it.alerts.watch()
  // At the second look each has its own details still.
  await it.alerts.watch()
  const all = await it.alerts.list(10)
  expect(all.map(({ kind }) => kind).sort()).toEqual(['client-silent', 'disk', 'failures', 'queue-age'])
  expect(all.find(({ kind }) => kind === 'queue-age')?.details).toEqual({
    minutes: 120,
    messages: 3,
    server: 'Mail server',
  })
  const causes = { cause: 'busy', withCause: 3 }
  expect(all.find(({ kind }) => kind === 'failures')?.details).toEqual({ count: 5, minutes: 5, ...causes })
  expect(all.find(({ kind }) => kind === 'client-silent')).toMatchObject({
    subject: `client:${clientId}`,
    details: { client: 'Scanner' },
  })
})

test('R-25 a silent client is found however many others are quiet too', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['client-silent'] } })
  const now = new Date()
  const clientId = await silentScanner(it.db, now)
  const from = { senders: ['*@contoso.example'], networks: ['192.0.2.0/24'] }
  const row = { way: 'network', kind: 'printer', ...from, createdBy: 'x', createdAt: now }
  const printers = Array.from({ length: 1_000 }, (_, nth) => ({ ...row, id: newId(), name: `Printer ${nth}` }))
  await it.db.client.createMany({ data: printers })
  const at = new Date(now.getTime() - 2 * DAY_MS)
  await it.db.message.createMany({
    data: printers.map(({ id }) => messageAt(at, { state: 'delivered', endedAt: at, clientId: id })),
  })
  for (const minutes of [0, 1, 2]) await it.turn(minutes * MINUTE_MS)
  expect(await it.alerts.list(10)).toMatchObject([{ subject: `client:${clientId}` }])
})

test('R-15 R-25 a message from a clock that was weeks ahead does not hide that its client is silent', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['client-silent'] } })
  const now = new Date()
  const clientId = await silentScanner(it.db, now)
  const ahead = new Date(now.getTime() + 41 * DAY_MS)
  await it.db.message.create({ data: messageAt(ahead, { state: 'delivered', endedAt: ahead, clientId }) })
  await it.alerts.watch()
  expect(await it.alerts.list(10)).toMatchObject([{ subject: `client:${clientId}` }])
})

test('R-25 an alert about a silent client is over five minutes after it sends, not when retention has removed its messages', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['client-silent'] } })
  const now = new Date()
  const clientId = await silentScanner(it.db, now)
  const types = () => it.posts().map(({ type }) => type)
  await it.turn(0)
  await it.turn(30 * MINUTE_MS)
  expect(types()).toEqual(['alert.opened'])
  await it.db.message.deleteMany()
  await it.turn(40 * MINUTE_MS)
  await it.turn(50 * MINUTE_MS)
  expect(types()).toEqual(['alert.opened'])
  expect(await it.alerts.list(10)).toMatchObject([{ closedAt: null, details: { client: 'Scanner' } }])
  await it.db.message.create({ data: messageAt(now, { state: 'delivered', endedAt: now, clientId }) })
  await it.turn(51 * MINUTE_MS)
  await it.turn(54 * MINUTE_MS)
  expect(types()).toEqual(['alert.opened'])
  await it.turn(55 * MINUTE_MS)
  await it.turn(85 * MINUTE_MS)
  expect(types()).toEqual(['alert.opened', 'alert.over'])
})

test('R-25 clients that fall silent one after the other within half an hour share a notice', async () => {
  const it = await world()
  await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['client-silent'] } })
  const start = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS - Date.now()
  for (const minute of [1, 2, 29]) {
    await silentScanner(it.db, new Date(), `Scanner ${minute}`)
    await it.turn(start + minute * MINUTE_MS)
  }
  expect(it.posts()).toEqual([])
  await it.turn(start + 30 * MINUTE_MS)
  expect(it.posts()).toMatchObject([{ type: 'alerts.digest', alerts: Array(3).fill({ type: 'alert.opened' }) }])
})

test('R-25 a person gets one notice of however many alerts are due, a webhook as many as a post may hold', async () => {
  const it = await worldOfThreePauses()
  await it.alerts.watch()
  const limits = { leaseMs: MINUTE_MS, pauseMsMax: HOUR_MS, rowsMax: 2 }
  const claim = () => claimNotifications(it.db, new Date(), limits)
  const claimed = [await claim(), await claim(), await claim()].map((rows) => `${rows[0]?.channel.kind} ${rows.length}`)
  expect(claimed.sort()).toEqual(['mail 3', 'webhook 1', 'webhook 2'])
})

test('R-25 the certificate that SMTP clients see is measured, and a file that cannot be read hides nothing else', async () => {
  const it = await world()
  const { cert } = await (await createTestAuthority()).certify()
  const file = path.join(it.dataDir, 'listener.pem')
  const submission = { listen: '127.0.0.1', ports: {}, certificate: { certFile: file, keyFile: file } }
  const lines: unknown[] = []
  const [info, warn] = [
    vi.fn((text, { member }) => void lines.push(['over', text, member])),
    vi.fn((text, { member }) => void lines.push([text, member])),
  ]
  const alerts = createAlerts({
    db: it.db,
    clock: systemClock,
    log: { info, warn },
    environment: { ...it.environment, submission },
  })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await alerts.watch()
  expect((await alerts.list(10)).map(({ kind }) => kind)).toEqual(['server-paused'])
  const known = { name: 'worker', host: os.hostname(), certificateExpiresAt: new Date(0) }
  await it.db.heartbeat.create({ data: { ...known, beatAt: new Date() } })
  await alerts.reportMachine()
  expect(await it.db.heartbeat.findFirst()).toMatchObject({ ...known, freeBytes: expect.any(BigInt) })
  await alerts.watch()
  await alerts.reportMachine()
  const faults = [
    ['a condition could not be measured', 'certificate'],
    ['this machine could not report its disk or certificate', 'certificate'],
  ]
  expect(lines).toEqual(faults)
  writeFileSync(file, cert)
  await alerts.reportMachine()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { certificateDays: 365 } })
  await alerts.watch()
  expect((await alerts.list(10)).map(({ kind }) => kind).sort()).toEqual(['certificate', 'server-paused'])
  expect(lines.slice(2)).toEqual(faults.toReversed().map((each) => ['over', ...each]))
})

test.skipIf(!canMount())(
  'R-25 a full disk of the database is reported once to each channel although nothing can be stored, and once when it is over',
  async () => {
    const it = await world()
    await it.add('webhook', { url: `${it.inbox.origin}/hook` })
    await it.add('webhook', { url: `${it.inbox.origin}/failing` })
    await it.add('mail', { address: 'team@contoso.example' }) // which cannot be sent: there is no mail server
    const volume = await onSmallVolume(database)
    const filler = path.join(volume, 'filler')
    let now = new Date()
    const clock = { ...systemClock, now: () => now }
    const watch = createFullDatabaseWatch({ db: it.db, clock, send: it.notifications.sendUnstored })
    const later = async (ms: number) => {
      now = new Date(now.getTime() + ms)
      await watch()
    }
    const inboxHas = () => it.inbox.requests.map((text) => `${text.slice(5, 13)} ${/"type":"([^"]+)/.exec(text)?.[1]}`)
    await later(0)
    expect(inboxHas()).toEqual([])
    await fillAndCloseSessions(database.url, volume, filler)
    for (let minute = 0; minute < 10; minute++) await later(MINUTE_MS)
    expect(inboxHas().filter((text) => text.startsWith('/hook'))).toEqual(['/hook HT alert.opened'])
    expect(inboxHas().filter((text) => text.startsWith('/fail'))).toHaveLength(5)
    expect(it.posts()[0].alert).toMatchObject({ kind: 'disk', subject: 'database', details: { full: 'database' } })
    rmSync(filler)
    await later(OVER_AFTER_MS - 1)
    expect(inboxHas()).toHaveLength(6)
    await later(1)
    await later(OVER_AFTER_MS)
    expect(inboxHas().slice(6)).toEqual(['/hook HT alert.over'])
    expect(await it.db.alert.count()).toBe(0)
    // It is another one after that, and of no concern to people who do not watch disks.
    await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['failures'] } })
    await later(MINUTE_MS)
    fill(filler)
    await later(MINUTE_MS)
    expect(inboxHas()).toHaveLength(7)
    rmSync(filler)
  },
)

test('R-25 a worker that starts before the listener has made its certificate reports no fault', async () => {
  const it = await world()
  const submission = { listen: '127.0.0.1', ports: {}, certificate: null }
  const warn = vi.fn()
  const environment = { ...it.environment, submission }
  await createAlerts({ db: it.db, clock: systemClock, log: { ...quiet, warn }, environment }).reportMachine()
  expect(warn).not.toHaveBeenCalled()
})

test('R-25 with several machines the alert names the one with the least space or the first certificate to expire', async () => {
  const it = await world()
  const expiresAt = new Date(Date.now() + DAY_MS)
  const beat = { beatAt: new Date(), name: 'worker' }
  await it.db.heartbeat.createMany({
    data: [
      { ...beat, host: 'mail2', freeBytes: 5 * 1024 ** 2, certificateExpiresAt: expiresAt },
      { ...beat, host: 'mail3', freeBytes: 2 ** 62 },
      { ...beat, host: os.hostname() },
    ],
  })
  await it.alerts.watch()
  const all = await it.alerts.list(10)
  expect(all.find(({ kind }) => kind === 'disk')?.details).toEqual({ freeMib: 5, host: 'mail2', machines: 3 })
  // It is the only one with a listener.
  expect(all.find(({ kind }) => kind === 'certificate')?.details).toEqual({
    expiresAt: expiresAt.toISOString(),
    host: 'mail2',
    machines: 1,
  })
  await it.alerts.reportMachine()
  const own = await it.db.heartbeat.findFirstOrThrow({ where: { host: os.hostname() } })
  expect(Number(own.freeBytes)).toBeGreaterThan(0)
  expect(own.certificateExpiresAt).toBeNull()
})

test('R-25 a machine that has stopped reporting, by the time of the database, holds no alert open, and the alert says so', async () => {
  const it = await world()
  const stopped = { name: 'worker', host: 'mail2', freeBytes: 5n, aheadSeconds: 3_600 }
  const beatAt = (minutesAgo: number) => new Date(Date.now() + HOUR_MS - minutesAgo * MINUTE_MS)
  await it.db.heartbeat.create({ data: { ...stopped, beatAt: beatAt(4) } })
  await it.alerts.watch()
  expect(await it.alerts.list(10)).toMatchObject([{ kind: 'disk', closedAt: null, details: { host: 'mail2' } }])
  await it.db.heartbeat.updateMany({ data: { beatAt: beatAt(6) } })
  await it.db.alert.updateMany({ data: { heldAt: new Date(Date.now() - OVER_AFTER_MS) } })
  await it.alerts.watch()
  const [over] = await it.alerts.list(10)
  expect(over).toMatchObject({ closedAt: expect.any(Date), details: { host: 'mail2', ended: 'machine-silent' } })
})

test('settings outside their bounds, or based on an old version, are not saved', async () => {
  const it = await world()
  const channel = await it.add('mail', { address: 'team@contoso.example' })
  // An owner of credentials gets the reminders of these credentials, and no alerts.
  const owner = { id: newId(), kind: 'mail', name: 'owner', address: 'finance@contoso.example', ownerOnly: true }
  await it.db.notificationChannel.create({
    data: { ...owner, createdBy: 'x', createdAt: new Date(), updatedAt: new Date() },
  })
  const { updatedBy: _, updatedAt: __, ...stored } = await it.alerts.settings()
  expect(stored.channels).toEqual([channel])
  const outside = { queueMinutes: Number.NaN, diskGib: 10_001, repeatHours: 0 }
  expect(await it.alerts.save(caller, { ...stored, ...outside })).toEqual({
    ok: false,
    error: { kind: 'invalid', fields: ['queueMinutes', 'diskGib', 'repeatHours'] },
  })
  const change = { ...stored, kinds: ['disk' as const], channels: [], reportLocale: 'de' as const }
  const equal = await Promise.all([it.alerts.save(caller, change), it.alerts.save(caller, change)])
  expect([...equal, await it.alerts.save(caller, change)].map(({ ok }) => ok)).toEqual([true, true, true])
  expect(await it.alerts.save(caller, stored)).toEqual({ ok: false, error: { kind: 'changed' } })
  expect(await it.alerts.settings()).toMatchObject({ kinds: ['disk'], channels: [], reportLocale: 'de', version: 1 })
  expect(await it.alerts.weekly.save(caller, { weekday: 1, hour: 8, channels: [], version: 1 })).toBe(false)
  const where = { action: { in: ['alert.change', 'weekly.change'] } }
  const entries = await it.db.auditEvent.findMany({ where, orderBy: { sequence: 'asc' } })
  expect(entries).toMatchObject([
    {
      action: 'alert.change',
      result: 'done',
      details: { kinds: 'disk', channels: 0, queueMinutes: stored.queueMinutes },
    },
    { action: 'alert.change', result: 'refused' },
    { action: 'weekly.change', result: 'refused' },
  ])
  await it.db.alertSettings.updateMany({ data: { kinds: ['disk', 'of a later version'] } })
  expect((await it.alerts.settings()).kinds).toEqual(['disk'])
})

/** The weekly report is due within the hour, at these channels. */
async function reportedTo(it: Awaited<ReturnType<typeof world>>, channels: string[]) {
  const due = new Date(Math.ceil(Date.now() / HOUR_MS) * HOUR_MS)
  const schedule = { weekday: due.getUTCDay() || 7, hour: due.getUTCHours() }
  expect(await it.alerts.weekly.save(caller, { ...schedule, channels, version: 0 })).toBe(true)
  return due
}

test('R-26 a schedule without channels plans no weekly report', async () => {
  const it = await world()
  const due = await reportedTo(it, [])
  await it.planned(due.getTime() - Date.now() + MINUTE_MS)
  expect(await it.db.reminder.count()).toBe(0)
})

test('R-26 a weekly report that waits is not sent to a channel that was switched off since', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: [] } })
  const hook = await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  const due = await reportedTo(it, [hook])
  await it.planned(due.getTime() - Date.now() + MINUTE_MS)
  await it.notifications.channels.setEnabled(caller, hook, false)
  await it.notifications.work()
  expect(it.posts()).toEqual([])
  expect(await it.db.reminder.findMany()).toMatchObject([{ state: 'cancelled' }])
})

test('R-26 a weekly report that still waits when the next one is due is left out', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: [] } })
  const due = await reportedTo(it, [await it.add('webhook', { url: `${it.inbox.origin}/hook` })])
  const after = due.getTime() - Date.now() + MINUTE_MS
  await it.planned(after)
  await it.turn(after + 7 * DAY_MS)
  expect(it.posts().map(({ to }) => to)).toEqual([new Date(due.getTime() + 7 * DAY_MS).toISOString()])
})

test('R-26 a weekly report that is sent days late names only what has not expired until then', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: [] } })
  const due = await reportedTo(it, [await it.add('webhook', { url: `${it.inbox.origin}/hook` })])
  const key = { way: 'api-key', kind: 'application', createdBy: 'x', createdAt: due }
  const inDays = (days: number) => new Date(due.getTime() + days * DAY_MS)
  const keys = [1, 3].map((days) => ({
    ...key,
    id: newId(),
    name: `${days}`,
    secretHash: `${days}`,
    expiresAt: inDays(days),
  }))
  await it.db.client.createMany({ data: keys })
  await it.turn(inDays(2).getTime() - Date.now())
  expect(it.posts().map(({ expiring }) => expiring)).toMatchObject([[{ kind: 'api-key', name: '3' }]])
})

test('R-26 the weekly report reaches each chosen channel once a week, whatever workers and crashes there are', async () => {
  const it = await world()
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: [] } })
  const hook = await it.add('webhook', { url: `${it.inbox.origin}/hook` })
  const mail = await it.add('mail', { address: 'team@contoso.example' })
  await it.add('mail', { address: 'other@contoso.example' })
  const due = await reportedTo(it, [hook, mail])
  const plans = (ms: number) => Promise.all([it.turn(ms), it.turn(ms)])
  const after = due.getTime() - Date.now() + MINUTE_MS
  await it.turn(0)
  expect(it.posts()).toEqual([])
  await it.planned(after)
  // A worker that is killed here has claimed a report and not sent it.
  const limits = { leaseMs: 2 * MINUTE_MS, pauseMsMax: HOUR_MS, rowsMax: 10 }
  expect(await claimNotifications(it.db, new Date(due.getTime() + MINUTE_MS), limits)).toHaveLength(1)
  await plans(after + MINUTE_MS)
  await plans(after + 4 * MINUTE_MS)
  await plans(after + DAY_MS)
  expect(it.posts().map(({ type, to }) => [type, to])).toEqual([['weekly-report', due.toISOString()]])
  const mails = () => it.db.message.findMany({ include: { recipients: true } })
  expect((await mails()).map(({ subject, recipients }) => [subject, recipients.map(({ address }) => address)])).toEqual(
    [['Weekly report: 0 sent, 0 failed', ['team@contoso.example']]],
  )
  await plans(after + 7 * DAY_MS)
  expect([it.posts().length, (await mails()).length]).toEqual([2, 2])
  // After four days without a worker the week is left out.
  await plans(after + 18 * DAY_MS)
  expect(it.posts()).toHaveLength(2)
  const entries = await it.db.auditEvent.findMany({ where: { action: { in: ['weekly.change', 'reminder.send'] } } })
  expect(entries.map(({ action, subject }) => `${action} ${subject}`).sort()).toEqual([
    ...Array.from({ length: 4 }, () => 'reminder.send weekly:report'),
    'weekly.change weekly:report',
  ])
})

const hour = (at: Date, delivered: number) => ({ mailServerId: SERVER_ID, mailbox: '', hour: at, delivered })

const failed = (clientId: string, at: Date, reason: string, lastCode: string | null) => ({
  id: newOrderedId(at),
  mailServerId: SERVER_ID,
  source: 'api',
  subject: 'x',
  messageId: '<x@contoso.example>',
  clientId,
  sizeBytes: 1,
  needsUtf8: false,
  acceptedAt: at,
  dueAt: at,
  expiresAt: at,
  endedAt: at,
  state: 'failed',
  reason,
  lastCode,
})

const PREVIOUS = {
  mailServerId: SERVER_ID,
  kind: 'client-secret',
  slot: 'previous',
  digest: 'x',
  createdBy: 'x',
  expiresAt: new Date('2099-01-01T00:00:00Z'),
}

test('the weekly report counts what was sent, why messages failed, who sent most, and what expires next', async () => {
  const it = await world()
  const { db } = it
  const { cert } = await (await createTestAuthority()).certify()
  const certFile = path.join(it.dataDir, 'listener.pem')
  writeFileSync(certFile, cert)
  const submission = { listen: '127.0.0.1', ports: {}, certificate: { certFile, keyFile: certFile } }
  const { weekly } = createAlerts({
    db,
    clock: systemClock,
    log: quiet,
    environment: { ...it.environment, submission },
  })
  const until = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS)
  const ago = (ms: number) => new Date(until.getTime() - ms)
  await db.mailboxHour.createMany({
    data: [hour(until, 9_000), hour(ago(HOUR_MS), 1_200), hour(ago(7 * DAY_MS), 4), hour(ago(8 * DAY_MS), 50)],
  })
  const clientId = newId()
  const key = {
    id: clientId,
    way: 'api-key',
    kind: 'application',
    name: 'Payroll',
    senders: ['*@contoso.example'],
    secretHash: 'x',
    createdBy: 'x',
    createdAt: until,
    expiresAt: new Date('2099-01-02T00:00:00Z'),
  }
  await db.client.createMany({
    data: [key, { ...key, id: newId(), name: 'Out of use', secretHash: 'y', disabledAt: until }],
  })
  await db.credential.create({ data: { id: newId(), ...PREVIOUS } })
  const message = (reason: string, lastCode: string | null, at = ago(HOUR_MS)) => failed(clientId, at, reason, lastCode)
  await db.message.createMany({
    data: [
      message('recipient-not-found', 'recipient-not-found'),
      message('partly', 'recipient-not-found'),
      message('interrupted', null, ago(7 * DAY_MS)),
      { ...message('interrupted', null), state: 'dismissed' },
      { ...message('interrupted', null), state: 'queued', endedAt: null },
      message('recipient-not-found', 'recipient-not-found', ago(9 * DAY_MS)),
      message('recipient-not-found', 'recipient-not-found', until),
    ],
  })
  const baseUrl = new URL('https://console.contoso.example')
  const { title, rows } = await weekly.preview('en', baseUrl)
  expect(title).toBe('Weekly report: 1,204 sent, 3 failed')
  expect(rows.map((row) => row.join(': '))).toEqual([
    'Messages sent, Postroom’s own included: 1,204',
    'Messages failed: 3',
    'Failed: The recipient does not exist: 2',
    'Failed: The worker crashed repeatedly while sending it: 1',
    'Submitted by Payroll: 5',
    expect.stringMatching(/^Expires on .* UTC: Certificate for SMTP clients$/),
    'Expires on 2 January 2099 at 00:00 UTC: API key of Payroll',
  ])
  expect((await weekly.preview('de', baseUrl)).title).toBe('Wochenbericht: 1.204 gesendet, 3 fehlgeschlagen')
  writeFileSync(certFile, 'unreadable')
  expect((await weekly.preview('en', baseUrl)).rows.at(-1)?.[1]).toBe('API key of Payroll')
  const rare = ['mailbox-full', 'message-too-large', 'message-refused', 'sender-refused', 'tls-failed']
  await db.message.createMany({ data: rare.map((code) => message(code, code)) })
  const causes = (await weekly.preview('en', baseUrl)).rows.filter(([label]) => label.startsWith('Failed'))
  expect(causes).toHaveLength(6)
  expect(causes.at(-1)).toEqual(['Failed for other reasons', '2'])
})

test('the weekly report names the five clients that submitted most, and what expires first of what is not removed', async () => {
  const { db, alerts } = await world()
  const until = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS)
  const inDays = (days: number) => new Date(until.getTime() + days * DAY_MS)
  const key = (name: string, expiresAt: Date, more: object = {}) => ({
    ...{ id: newId(), way: 'api-key', kind: 'application', name, secretHash: name, expiresAt },
    ...{ createdBy: 'x', createdAt: until, ...more },
  })
  const keys = ['A', 'B', 'C', 'D', 'E', 'F'].map((name, nth) => key(name, inDays(10 - nth)))
  await db.client.createMany({ data: [...keys, key('Gone', inDays(1), { removedAt: until })] })
  await db.credential.create({
    data: { id: newId(), ...PREVIOUS, slot: 'current', expiresAt: inDays(1), removedAt: until },
  })
  const sent = keys.flatMap(({ id }, nth) =>
    Array.from({ length: nth + 1 }, () => failed(id, inDays(-1), 'recipient-not-found', null)),
  )
  await db.message.createMany({ data: sent })
  const { rows } = await alerts.weekly.preview('en', new URL('https://console.contoso.example'))
  const inReport = (label: string) => rows.filter((row) => row[0].startsWith(label))
  expect(inReport('Submitted by')).toEqual(
    ['F', 'E', 'D', 'C', 'B'].map((name, nth) => [`Submitted by ${name}`, `${6 - nth}`]),
  )
  expect(inReport('Expires on').map(([, what]) => what)).toEqual(
    ['F', 'E', 'D', 'C', 'B'].map((name) => `API key of ${name}`),
  )
})

test('the weekly report is off until a channel is chosen, and is not saved over a newer version', async () => {
  const it = await world()
  const channel = await it.add('mail', { address: 'team@contoso.example' })
  expect(await it.alerts.weekly.settings()).toMatchObject({ channels: [], weekday: 1, hour: 7, version: 0 })
  const due = await reportedTo(it, [channel])
  const other = { weekday: 3, hour: 0, channels: [], version: 0 }
  expect(await it.alerts.weekly.save(caller, other)).toBe(false)
  const { weekday, hour, channels } = await it.alerts.weekly.settings()
  expect(await it.alerts.weekly.save(caller, { weekday, hour, channels, version: 0 })).toBe(true)
  const change = await it.db.auditEvent.findFirst({ where: { action: 'weekly.change', result: 'done' } })
  expect(change?.details).toMatchObject({ weekday, hour, channels: 1 })
  // What is saved after the hour counts from the next week on.
  await it.db.weeklyReport.update({ where: { id: 1 }, data: { updatedAt: new Date(due.getTime() + 1) } })
  await it.planned(due.getTime() - Date.now() + MINUTE_MS)
  expect(await it.db.reminder.count()).toBe(0)
})

test('R-13 alerts and the weekly report are saved at once: both lock the channels in one order, so that neither fails', async () => {
  const it = await world()
  const add = (name: string) => it.add('mail', { address: `${name}@contoso.example` })
  const [first = '', second = ''] = [await add('one'), await add('two')].sort()
  let saved: Promise<boolean> | undefined
  await it.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "NotificationChannel" WHERE "id" = ${first}::uuid FOR UPDATE`
    saved = it.alerts.weekly.save(caller, { weekday: 3, hour: 0, channels: [second], version: 0 })
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.$queryRaw`SELECT 1 FROM "NotificationChannel" WHERE "id" = ${second}::uuid FOR UPDATE NOWAIT`
  })
  expect(await saved).toBe(true)
})

test('R-13 who sends notices again locks messages before mail servers, as who changes messages does', async () => {
  const it = await world()
  await it.add('mail', { address: 'team@contoso.example' })
  await it.db.alertSettings.update({ where: { id: 1 }, data: { kinds: ['server-paused'] } })
  await it.pause(new Date(Date.now() - HOUR_MS))
  await it.turn(0)
  await it.db.mailServer.updateMany({ data: { pausedBy: 'diagnosis' } })
  let sent: Promise<unknown> | undefined
  await it.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Message" FOR UPDATE`
    sent = it.notifications.retryNow(caller)
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.$queryRaw`SELECT 1 FROM "MailServer" FOR UPDATE NOWAIT`
  })
  await sent
  expect(await it.db.auditEvent.count({ where: { action: 'reminder.retry' } })).toBe(1)
})
