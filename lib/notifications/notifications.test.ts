import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { testAuthority } from '../../tests/support/certificates'
import { aCredential } from '../../tests/support/credential'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { caller, newKey } from '../../tests/support/mail-server'
import { outboxAt, SERVER_ID } from '../../tests/support/outbox'
import { noAlerts, remindersAbout } from '../../tests/support/reminders'
import {
  type HttpsTestServer,
  jsonAnswer,
  type SmtpTestServer,
  startHttps,
  startSmtp,
} from '../../tests/support/servers'
import { worldAt } from '../../tests/support/world'
import { fail, HOUR_MS, newId, ok, systemClock } from '../kernel'
import { composeNotifications } from '../services/notifications'
import type { Outbox } from '../services/outbox'
import type { Notifications } from '.'
import { signingKeys } from './channel-secret'
import { CHANNELS_MAX } from './channels'

const PATH = '/canary-webhook-path'

let database: TestDatabase
let inbox: HttpsTestServer
let smtp: SmtpTestServer
let answer = jsonAnswer({})
let notifications: Notifications
let planned: () => Promise<unknown>
let outbox: Outbox
/** Of every credential, as the pages see it. */
let daysLeft = 5
let views = () => [aCredential({ expiresAt: new Date(Date.now() + daysLeft * 86_400_000) })]

beforeAll(async () => {
  const authority = await testAuthority()
  const identity = await authority.certify()
  ;[database, inbox, smtp] = await Promise.all([
    freshDatabase(),
    startHttps(identity, () => answer),
    startSmtp({ security: 'none' }),
  ])
  const allowNetworks = ['localhost', new URL(inbox.origin).host]
  const ca = [authority.certificate]
  const server = { host: 'localhost', port: smtp.port, security: 'none', login: { kind: 'none' } } as const
  const login = { mailServerId: 'm', sender: { address: 'noreply@contoso.example', name: '' }, server }
  outbox = await outboxAt({ database, port: smtp.port })
  const reminders = remindersAbout({ db: database.db, clock: systemClock }, () => views())
  planned = reminders.planReminders
  notifications = composeNotifications({
    ...worldAt({ db: database.db, keys: [newKey('k1')], allowNetworks, ports: [smtp.port], ca }),
    credentials: {
      ...reminders,
      login: async () => ok({ ...login, served: null, token: null }),
      renew: async () => fail({ kind: 'paused' }),
    },
    outbox,
    alerts: noAlerts,
  })
})
afterEach(async () => {
  for (const { id } of await notifications.channels.list()) await notifications.channels.remove(caller, id)
})
afterAll(async () => {
  await Promise.all([inbox.close(), smtp.close()])
  await database.drop()
})

const work = async () => {
  await planned()
  return notifications.work()
}
const added = async (kind: 'mail' | 'webhook' | 'teams', more: Record<string, string>) => {
  const input = { kind, name: kind, locale: 'en', address: '', url: '', ...more } as const
  const result = await notifications.channels.add(caller, input)
  if (!result.ok) throw new Error(String(result.error))
  return { id: result.value.id, key: result.value.key?.reveal() ?? '' }
}
const add = async (...input: Parameters<typeof added>) => (await added(...input)).id
const lastPost = (text = inbox.requests.at(-1) ?? '') => {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
  const signatures = header('postroom-signature').split(',')
  const by = (key: string) =>
    `v1=${createHmac('sha256', key)
      .update(`${header('postroom-timestamp')}.${body}`)
      .digest('hex')}`
  return { body, signatures, by }
}
const audits = async () =>
  JSON.stringify(await database.db.auditEvent.findMany(), (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )

test('S-01 N-02 a channel’s address and key are sealed, and invalid addresses are refused', async () => {
  const input = { kind: 'webhook', name: 'x', locale: 'en', address: '' } as const
  for (const url of ['http://hooks.contoso.example/x', 'https://a:b@hooks.contoso.example/', 'hooks', 7])
    expect(await notifications.channels.add(caller, { ...input, url })).toEqual({ ok: false, error: ['url'] })
  const url = 'https://hooks.contoso.example/x'
  expect(await notifications.channels.add(caller, { ...input, url, name: '' })).toEqual({ ok: false, error: ['name'] })
  const mail = { ...input, kind: 'mail', url, address: 'a@b.example, c@d.example' } as const
  expect(await notifications.channels.add(caller, mail)).toEqual({ ok: false, error: ['address'] })
  const both = { ok: false, error: ['name', 'address'] }
  expect(await notifications.channels.add(caller, { ...mail, name: '' })).toEqual(both)

  const { id, key } = await added('webhook', { url: `${inbox.origin}${PATH}` })
  expect(key).toMatch(/^[\w-]{43}$/)
  const rows = JSON.stringify(await database.db.notificationChannel.findMany())
  for (const text of [rows, await audits(), JSON.stringify(await notifications.channels.list())])
    for (const needle of ['canary', key]) expect(text).not.toContain(needle)
  expect(await notifications.channels.sendTestNotice(caller, id)).toEqual({ ok: true, value: undefined })
  expect(inbox.requests.at(-1)).toContain(PATH)
  expect(await notifications.channels.remove(caller, id)).toBe(true)
  expect(await notifications.channels.sendTestNotice(caller, id)).toEqual({ ok: false, error: 'gone' })
})

test('S-01 a kind of channel that is forged or unknown is refused, by the database too, and never taken for mail', async () => {
  const { channels } = notifications
  const input = { name: 'x', locale: 'en', address: 'a@b.example', url: 'https://hooks.contoso.example/x' } as const
  for (const kind of ['', 'sms', 'Mail', 'constructor', ['mail'], null])
    expect(await channels.add(caller, { ...input, kind })).toEqual({ ok: false, error: ['kind'] })
  expect(await channels.list()).toEqual([])
  await add('mail', { address: input.address })
  await expect(database.db.notificationChannel.updateMany({ data: { kind: 'sms' } })).rejects.toThrow(
    'NotificationChannel_kind',
  )
})

test('R-16 refuses a second channel to the same recipient', async () => {
  const refused = { ok: false, error: ['duplicate'] }
  const input = { name: 'again', locale: 'de', address: '', url: '' } as const
  const mail = await add('mail', { address: 'it-support@contoso.example' })
  const again = { ...input, kind: 'mail', address: 'IT-Support@Contoso.example' } as const
  expect(await notifications.channels.add(caller, again)).toEqual(refused)
  const webhook = await add('webhook', { url: `${inbox.origin}${PATH}` })
  for (const kind of ['webhook', 'teams'] as const)
    expect(await notifications.channels.add(caller, { ...input, kind, url: `${inbox.origin}${PATH}` })).toEqual(refused)
  await add('webhook', { url: `${inbox.origin}${PATH}/beside` })
  expect(await database.db.notificationChannel.count()).toBe(3)
  for (const id of [mail, webhook]) await notifications.channels.remove(caller, id)
  await add('mail', { address: 'it-support@contoso.example' })
})

test('R-12 R-16 if several people add the same recipient, or the last possible one, at the same time, one does', async () => {
  const { channels } = notifications
  const input = { kind: 'mail', name: 'x', locale: 'en', url: '' } as const
  const addAtOnce = async (names: string[]) => {
    const added = names.map((name) => channels.add(caller, { ...input, address: `${name}@contoso.example` }))
    return (await Promise.all(added)).map((result) => (result.ok ? 'added' : String(result.error))).sort()
  }
  expect(await addAtOnce(['it', 'IT', 'it'])).toEqual(['added', 'duplicate', 'duplicate'])
  for (let count = 1; count < CHANNELS_MAX - 1; count++) await add('mail', { address: `${count}@contoso.example` })
  expect(await addAtOnce(['a', 'b', 'c'])).toEqual(['added', 'full', 'full'])
})

test('S-04 S-05 a channel’s address and key cannot be used elsewhere: not by a change, nor by a row that was moved, swapped or altered', async () => {
  const { db } = database
  await db.rateLimit.deleteMany() // N-06: five trials a minute
  const first = await added('webhook', { url: `${inbox.origin}${PATH}` })
  const second = await added('webhook', { url: `${inbox.origin}/elsewhere` })
  const rowOf = (id: string) => db.notificationChannel.findUniqueOrThrow({ where: { id } })
  const put = (id: string, data: object) => db.notificationChannel.update({ where: { id }, data })
  const [own, other] = [await rowOf(first.id), await rowOf(second.id)]

  const { updatedAt: after } = own
  const change = {
    id: first.id,
    name: 'named',
    locale: 'en',
    contents: null,
    after,
    url: 'https://evil.example/x',
    address: 'x@evil.example',
  } as const
  expect(await notifications.channels.change(caller, change)).toMatchObject({ ok: true })
  expect(await rowOf(first.id)).toMatchObject({ name: 'named', sealed: own.sealed, origin: own.origin, address: null })
  await put(first.id, { origin: 'https://evil.example', address: 'x@evil.example' })
  expect(await notifications.channels.sendTestNotice(caller, first.id)).toMatchObject({ ok: true })
  expect(inbox.requests.at(-1)).toContain(PATH)

  const before = [inbox.requests.length, smtp.commands.length]
  for (const moved of [
    { sealed: other.sealed, kid: other.kid },
    { kind: 'teams' },
    // Not the last character, which may carry spare bits.
    { sealed: own.sealed?.replace(/.(?=.{4}$)/, (one) => (one === 'A' ? 'B' : 'A')) },
    { sealed: null, kid: null },
  ]) {
    await put(first.id, { kind: own.kind, sealed: own.sealed, kid: own.kid, ...moved })
    expect(await notifications.channels.sendTestNotice(caller, first.id)).toMatchObject({
      error: { code: 'address-unreadable' },
    })
  }
  expect([inbox.requests.length, smtp.commands.length]).toEqual(before)
  await db.rateLimit.deleteMany()
})

test('R-16 a due reminder is sent by webhook, Teams and mail; when mail fails the other channels still get it', async () => {
  const { db } = database
  const { settings } = await db.mailServer.findUniqueOrThrow({ where: { id: SERVER_ID } })
  await db.mailServer.update({ where: { id: SERVER_ID }, data: { settings: {} } })
  const { id } = aCredential()
  const mailServerId = SERVER_ID
  const expiresAt = new Date(Date.now() + 5 * 86_400_000)
  const row = { id, mailServerId, kind: 'client-secret', digest: 'd', createdBy: 'x', expiresAt }
  await db.credential.create({ data: row })
  const { key } = await added('webhook', { url: `${inbox.origin}${PATH}` })
  await add('teams', { url: `${inbox.origin}/teams` })
  const mail = await add('mail', { address: 'it-support@contoso.example' })
  inbox.requests.length = 0
  expect(await work()).toEqual({ sent: 2, failed: 1 })
  await db.mailServer.update({ where: { id: SERVER_ID }, data: { settings: settings as object } })

  const signed = inbox.requests.find((text) => text.includes(PATH)) ?? ''
  const { body, signatures, by } = lastPost(signed)
  expect(signatures).toEqual([by(key)])
  expect(JSON.parse(body)).toMatchObject({
    type: 'credential.expiring',
    thresholdDays: 7,
    deliveryId: expect.any(String),
  })
  expect(inbox.requests.some((text) => text.includes('AdaptiveCard'))).toBe(true)

  expect(await db.reminder.findFirst({ where: { channelId: mail, state: 'due' } })).toMatchObject({
    attempts: 1,
    fault: { code: 'no-server' },
  })
  await db.reminder.updateMany({ data: { nextAttemptAt: null } })
  expect(await work()).toEqual({ sent: 1, failed: 0 })
  // F-65: it counts as sent when the mail server has accepted it, and not before.
  const queued = await db.reminder.findFirstOrThrow({ where: { channelId: mail, NOT: { messageId: null } } })
  expect(queued).toMatchObject({ state: 'queued', sentAt: null })
  expect(await outbox.message(queued.messageId ?? '')).toMatchObject({ state: 'queued', source: 'reminder' })
  expect(smtp.messages).toEqual([])
  const delivery = await outbox.deliver()
  const texts = () => db.reminder.findFirst({ where: { channelId: mail, state: 'sent' } })
  await expect.poll(texts, { timeout: 5_000 }).not.toBeNull()
  await delivery.stop(1_000)
  expect(await db.notificationChannel.findUnique({ where: { id: mail } })).toMatchObject({ lastFault: null })
  const [message = ''] = smtp.messages
  const { deliveryId } = await db.reminder.findFirstOrThrow({ where: { channelId: mail, state: 'sent' } })
  expect(message).toContain(`Message-ID: <${deliveryId}@contoso.example>`)
  expect(message).toContain('Auto-Submitted: auto-generated')
  expect(await work()).toEqual({ sent: 0, failed: 0 })
})

test('S-18 a new signing key is used at once, the previous one as well for a day, and neither is shown again', async () => {
  const { id, key: previousKey } = await added('webhook', { url: `${inbox.origin}${PATH}` })
  const renewed = await notifications.channels.renewKey(caller, id)
  if (!renewed.ok) throw new Error(renewed.error)
  const key = renewed.value.key.reveal()
  expect(key).not.toBe(previousKey)
  expect((await notifications.channels.sendTestNotice(caller, id)).ok).toBe(true)
  const { signatures, by } = lastPost()
  expect(signatures).toEqual([by(key), by(previousKey)])
  const texts = (await audits()) + JSON.stringify(await notifications.channels.list())
  for (const needle of [key, previousKey]) expect(texts).not.toContain(needle)

  const secret = {
    url: 'https://hooks.contoso.example/',
    key,
    previous: { key: previousKey, until: '2027-03-02T00:00:00.000Z' },
  }
  expect(signingKeys(secret, new Date('2027-03-01T23:59:59Z')).map((each) => each.reveal())).toEqual([key, previousKey])
  expect(signingKeys(secret, new Date('2027-03-02T00:00:00Z')).map((each) => each.reveal())).toEqual([key])
  expect(await notifications.channels.renewKey(caller, await add('teams', { url: `${inbox.origin}/teams` }))).toEqual({
    ok: false,
    error: 'changed',
  })
})

test('S-09 no signing key is renewed with a wrong sealing key or for an address that cannot be read, and what is stored stays', async () => {
  const { db } = database
  const { id } = await added('webhook', { url: `${inbox.origin}${PATH}` })
  const row = () => db.notificationChannel.findUniqueOrThrow({ where: { id } })
  const { sealed, updatedAt } = await row()
  const known = await db.keyCheck.findUniqueOrThrow({ where: { kid: 'k1' } })
  const refusals = async (error: string) => {
    const before = await row()
    expect(await notifications.channels.renewKey(caller, id)).toEqual({ ok: false, error })
    expect(await row()).toEqual(before)
  }
  await db.keyCheck.update({ where: { kid: 'k1' }, data: { sealed: sealed ?? '' } })
  await refusals('key-wrong').finally(() => db.keyCheck.update({ where: { kid: 'k1' }, data: known }))
  await db.notificationChannel.update({ where: { id }, data: { sealed: known.sealed, updatedAt } })
  await refusals('address-unreadable')
  const refused = { subject: `channel:${id}`, action: 'channel.change', result: 'refused' }
  expect(await db.auditEvent.count({ where: refused })).toBe(2)
})

test('R-12 a name is changed based on what was seen, and a change based on an older state is refused and audited', async () => {
  const id = await add('mail', { address: 'it-support@contoso.example' })
  const readChannel = async () => (await notifications.channels.list()).find((channel) => channel.id === id)
  const after = (await readChannel())?.updatedAt ?? new Date(0)
  const change = { id, locale: 'de', contents: null, after } as const
  expect(await notifications.channels.change(caller, { ...change, name: ' ' })).toEqual({ ok: false, error: 'name' })
  const rename = () => notifications.channels.change(caller, { ...change, name: 'Mail team' })
  const equal = [...(await Promise.all([rename(), rename()])), await rename()]
  expect(equal.map(({ ok }) => ok)).toEqual([true, true, true])
  expect(await readChannel()).toMatchObject({ name: 'Mail team', locale: 'de', address: 'it-support@contoso.example' })
  expect(await notifications.channels.change(caller, { ...change, name: 'Late' })).toEqual({
    ok: false,
    error: 'changed',
  })
  expect((await readChannel())?.name).toBe('Mail team')
  const audits = await database.db.auditEvent.findMany({
    where: { subject: `channel:${id}`, action: 'channel.change' },
    orderBy: { sequence: 'asc' },
  })
  expect(audits.map(({ result, details }) => [result, details])).toEqual([
    ['done', { name: 'Mail team', locale: 'de' }],
    ['refused', expect.anything()],
  ])
})

test('what a webhook gets is chosen based on what was seen too', async () => {
  const id = await add('webhook', { url: `${inbox.origin}${PATH}` })
  const [webhook] = await notifications.channels.list()
  const change = { id, name: 'Orders', locale: 'de', after: webhook?.updatedAt ?? new Date(0) } as const
  const choose = (events: ('accepted' | 'failed')[]) =>
    notifications.channels.change(caller, {
      ...change,
      contents: { reminders: false, messageEvents: events, messageClientId: null },
    })
  expect((await choose(['failed'])).ok).toBe(true)
  expect(await choose(['accepted'])).toEqual({ ok: false, error: 'changed' })
  expect(await notifications.channels.list()).toMatchObject([{ id, messageEvents: ['failed'], reminders: false }])
  expect(await database.db.auditEvent.count({ where: { subject: { contains: id }, result: 'refused' } })).toBe(1)
})

test('F-65 reminders that failed or wait for a retry are sent at once on request, and those that are no longer needed are not', async () => {
  const { db } = database
  const id = await add('webhook', { url: `${inbox.origin}${PATH}` })
  answer = jsonAnswer({}, 503, { 'Retry-After': '86400' })
  expect(await work()).toEqual({ sent: 0, failed: 1 })
  expect(await work()).toEqual({ sent: 0, failed: 0 })
  // The receiver asks for a day, and no pause is longer than six hours.
  const { nextAttemptAt } = await db.reminder.findFirstOrThrow({ where: { channelId: id, state: 'due' } })
  expect((Number(nextAttemptAt) - Date.now()) / HOUR_MS).toBeCloseTo(6, 1)
  await db.reminder.updateMany({ where: { channelId: id, state: 'due' }, data: { state: 'failed' } })
  answer = jsonAnswer({})
  expect(await work()).toEqual({ sent: 0, failed: 0 })
  expect(await notifications.retryNow(caller)).toEqual({ sent: 1, failed: 0 })
  // It began with all its attempts again.
  expect(await db.reminder.findFirst({ where: { channelId: id, state: 'sent' } })).toMatchObject({ attempts: 1 })
  expect(await notifications.retryNow(caller)).toEqual({ sent: 0, failed: 0 })
  expect(await db.auditEvent.count({ where: { action: 'reminder.retry' } })).toBe(1)
})

test('R-16 a mail that waits in the outbox is cancelled when it is no longer needed; one that is being sent is not', async () => {
  const { db } = database
  const { id: credentialId } = aCredential()
  const channelId = await add('mail', { address: 'it-support@contoso.example' })
  const reset = async (endsInHours: number) => {
    await db.reminder.deleteMany({ where: { channelId } })
    await db.credential.update({
      where: { id: credentialId },
      data: { slot: 'current', expiresAt: new Date(Date.now() + endsInHours * 3_600_000) },
    })
    await work()
    return db.reminder.findFirstOrThrow({ where: { channelId, state: 'queued' } })
  }
  const stands = async ({ id, messageId }: { id: string; messageId: string | null }) => [
    (await db.reminder.findUnique({ where: { id } }))?.state,
    (await outbox.message(messageId ?? ''))?.state,
    await db.messageBody.count({ where: { messageId: messageId ?? '' } }),
  ]
  const replaced = await reset(120)
  expect(await stands(replaced)).toEqual(['queued', 'queued', 1])
  await db.credential.update({ where: { id: credentialId }, data: { slot: 'previous' } })
  await work()
  expect(await stands(replaced)).toEqual(['cancelled', 'cancelled', 0])

  const older = await reset(120)
  await db.credential.update({
    where: { id: credentialId },
    data: { expiresAt: new Date(Date.now() + 12 * 3_600_000) },
  })
  await work()
  expect(await stands(older)).toEqual(['covered', 'cancelled', 0])
  const newer = await db.reminder.findFirstOrThrow({ where: { channelId, state: 'queued' } })
  expect(newer.thresholdDays).toBe(1)

  await db.message.update({ where: { id: newer.messageId ?? '' }, data: { state: 'sending', begunAt: new Date() } })
  await notifications.channels.setEnabled(caller, channelId, false)
  await work()
  expect(await stands(newer)).toEqual(['queued', 'sending', 1])
  await notifications.channels.setEnabled(caller, channelId, true)

  const later = new Date(Date.now() + 3_600_000)
  const waiting = await reset(120)
  const further = { create: { mailServerId: newId(), dueAt: later } }
  await db.message.update({ where: { id: waiting.messageId ?? '' }, data: { dueAt: later, otherQueues: further } })
  await notifications.retryNow(caller)
  expect((await outbox.message(waiting.messageId ?? ''))?.dueAt.getTime()).toBeLessThan(later.getTime())
  await notifications.channels.remove(caller, channelId)
  expect(await stands(waiting)).toEqual([undefined, 'cancelled', 0])
  expect(await db.otherQueue.count()).toBe(0)
})

test('R-16 a mail that waits for days states the days that are left when it is sent, and stays the same mail; one that is being sent is not changed', async () => {
  const { db } = database
  const channelId = await add('mail', { address: 'it-support@contoso.example' })
  await db.credential.update({
    where: { id: aCredential().id },
    data: { slot: 'current', expiresAt: new Date(Date.now() + 5 * 86_400_000) },
  })
  await work()
  const { messageId } = await db.reminder.findFirstOrThrow({ where: { channelId, state: 'queued' } })
  const where = { id: messageId ?? '' }
  const read = async () => {
    const { body, subject, sizeBytes, ...columns } = await db.message.findUniqueOrThrow({
      where,
      include: { body: true },
    })
    const text = Buffer.from(body?.bytes ?? []).toString()
    expect(sizeBytes).toBe(text.length)
    return { columns, texts: [subject, /^Subject: (.*)$/m.exec(text)?.[1], /^Message-ID: .*$/m.exec(text)?.[0]] }
  }
  await db.message.update({ where, data: { attemptCount: 3 } })
  const first = await read()
  expect(first.texts.slice(0, 2)).toEqual(Array(2).fill('Mail server: a credential expires in 5 days'))

  daysLeft = 2
  await work()
  const second = await read()
  expect(second.columns).toEqual(first.columns)
  expect(second.texts).toEqual([...Array(2).fill('Mail server: a credential expires in 2 days'), first.texts[2]])

  daysLeft = -1
  await db.message.update({ where, data: { state: 'sending', begunAt: new Date() } })
  await work()
  expect((await read()).texts).toEqual(second.texts)
  await db.message.update({ where, data: { state: 'queued', begunAt: null } })
  await work()
  expect((await read()).texts[1]).toBe('Mail server: a credential has expired')
  daysLeft = 5
})

test('R-16 what is due for one address at once is one mail in the outbox, and is written again when a part of it is no longer needed', async () => {
  const { db } = database
  await db.reminder.deleteMany()
  const channelId = await add('mail', { address: 'it-support@contoso.example' })
  const names = ['Finance', 'Scanner', 'Branch office']
  const expiresAt = new Date(Date.now() + 5 * 86_400_000)
  const row = { kind: 'client-secret', digest: 'd', createdBy: 'x', expiresAt }
  await db.credential.update({ where: { id: aCredential().id }, data: { slot: 'previous' } })
  const stored = await Promise.all(
    names.map(async (name) => {
      const server = await db.mailServer.create({ data: { id: newId(), name, settings: {}, version: 1 } })
      return db.credential.create({ data: { ...row, id: newId(), mailServerId: server.id } })
    }),
  )
  const all = stored.map(({ id }, at) =>
    aCredential({ id, expiresAt, mailServer: { ...aCredential().mailServer, name: names[at] ?? '' } }),
  )
  const before = views
  views = () => all
  expect(await work()).toEqual({ sent: 3, failed: 0 })
  const queued = await db.reminder.findMany({ where: { channelId, state: 'queued' } })
  const [messageId] = new Set(queued.map((each) => each.messageId))
  expect(queued.map((each) => each.messageId)).toEqual(Array(3).fill(messageId))
  const read = async () => {
    const { subject, state, body } = await db.message.findUniqueOrThrow({
      where: { id: messageId ?? '' },
      include: { body: true },
    })
    return { subject, state, text: Buffer.from(body?.bytes ?? []).toString() }
  }
  expect((await read()).subject).toBe('3 credentials need attention')

  await db.credential.update({ where: { id: stored[0]?.id ?? '' }, data: { slot: 'previous' } })
  await work()
  expect((await read()).subject).toBe('2 credentials need attention')
  expect((await read()).text).not.toContain('Finance')
  await db.credential.update({ where: { id: stored[1]?.id ?? '' }, data: { slot: 'previous' } })
  await work()
  expect((await read()).subject).toBe('Branch office: a credential expires in 5 days')
  await db.credential.update({ where: { id: stored[2]?.id ?? '' }, data: { slot: 'previous' } })
  await work()
  expect(await read()).toMatchObject({ state: 'cancelled', text: '' })
  expect(
    await db.reminder.groupBy({ by: ['state'], where: { channelId, thresholdDays: 7 }, _count: true }),
  ).toMatchObject([{ state: 'cancelled', _count: 3 }])
  views = before
})

test('a refusal of a receiver is shown with its status and text, without its address', async () => {
  answer = jsonAnswer({ error: `no such flow ${PATH}` }, 404)
  const id = await add('webhook', { url: `${inbox.origin}${PATH}` })
  const tried = await notifications.channels.sendTestNotice(caller, id)
  expect(tried).toMatchObject({ ok: false, error: { code: 'http-status', evidence: expect.stringMatching(/^404 /) } })
  expect(JSON.stringify(tried)).not.toContain('canary')
  expect((await notifications.channels.list()).find((channel) => channel.id === id)?.lastFault).toMatchObject({
    code: 'http-status',
  })
})

test('N-06 test messages are limited', async () => {
  const id = await add('webhook', { url: `${inbox.origin}${PATH}` })
  const outcomes = []
  for (let turn = 0; turn < 5; turn++) outcomes.push(await notifications.channels.sendTestNotice(caller, id))
  expect(outcomes.at(-1)).toEqual({ ok: false, error: 'too-many' })
})
