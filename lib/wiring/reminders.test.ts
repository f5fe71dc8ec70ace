import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCredential } from '../credentials/credential.fixture'
import { freshDatabase, type TestDatabase } from '../db/test-db'
import { systemClock } from '../kernel/clock'
import { fail, ok } from '../kernel/result'
import { createTestAuthority } from '../net/certificates.fixture'
import { type HttpsTestServer, jsonAnswer, type SmtpTestServer, startHttps, startSmtp } from '../net/servers.fixture'
import { createVault } from '../vault'
import { caller, newKey } from './mail-server.fixture'
import type { Outbox } from './outbox'
import { outboxAt, SERVER_ID } from './outbox.fixture'
import { createOutward } from './outward'
import { type RemindersRoom, remindersRoom } from './reminders'

const KEY = 'canary-signing-key-0123456789abcdef'
const PATH = '/canary-webhook-path'

let database: TestDatabase
let inbox: HttpsTestServer
let smtp: SmtpTestServer
let answer = jsonAnswer({})
let room: RemindersRoom
let outbox: Outbox

beforeAll(async () => {
  const authority = await createTestAuthority()
  const identity = await authority.certify()
  ;[database, inbox, smtp] = await Promise.all([
    freshDatabase(),
    startHttps(identity, () => answer),
    startSmtp({ security: 'none' }),
  ])
  const environment = {
    baseUrl: new URL('https://console.contoso.example'),
    clouds: [],
    allowNetworks: ['localhost'],
    allowPorts: [smtp.port],
    federatedTokenFile: null,
    managedIdentity: null,
  }
  const server = { host: 'localhost', port: smtp.port, security: 'none', login: { kind: 'none' } } as const
  const login = { mailServerId: 'm', sender: { address: 'noreply@contoso.example', name: '' }, server }
  outbox = await outboxAt({ database, port: smtp.port })
  room = remindersRoom({
    environment,
    clock: systemClock,
    db: database.db,
    vault: createVault([newKey('k1')], systemClock),
    log: { debug() {}, info() {}, warn() {}, error() {} },
    credentials: {
      byId: async (id) => aCredential({ id, expiresAt: new Date(Date.now() + 5 * 86_400_000) }),
      login: async () => ok({ ...login, served: null, token: null }),
      renew: async () => fail({ kind: 'paused', reason: 'no-token' }),
    },
    outward: createOutward({ environment, clock: systemClock }, { ca: [authority.certificate] }),
    outbox,
  })
})
afterAll(async () => {
  await Promise.all([inbox.close(), smtp.close()])
  await database.drop()
})

const add = async (kind: 'mail' | 'webhook' | 'teams', more: Record<string, string>) => {
  const given = { kind, name: kind, locale: 'en', address: '', url: '', key: '', ...more } as const
  const added = await room.channels.add(caller, given)
  if (!added.ok) throw new Error(added.error)
  return added.value.id
}

test('S-01 N-02 a channel’s address and key are sealed, and what cannot be one is refused', async () => {
  const given = { kind: 'webhook', name: 'x', locale: 'en', address: '', key: KEY } as const
  for (const url of ['http://hooks.contoso.example/x', 'https://a:b@hooks.contoso.example/', 'hooks', 7])
    expect(await room.channels.add(caller, { ...given, url })).toEqual({ ok: false, error: 'url' })
  const url = 'https://hooks.contoso.example/x'
  expect(await room.channels.add(caller, { ...given, url, key: 'short' })).toEqual({ ok: false, error: 'key' })
  expect(await room.channels.add(caller, { ...given, url, name: '' })).toEqual({ ok: false, error: 'name' })
  const mail = { ...given, kind: 'mail', url, address: 'a@b.example, c@d.example' } as const
  expect(await room.channels.add(caller, mail)).toEqual({ ok: false, error: 'address' })

  const id = await add('webhook', { url: `${inbox.origin}${PATH}`, key: KEY })
  const rows = JSON.stringify(await database.db.notificationChannel.findMany())
  const audit = JSON.stringify(await database.db.auditEvent.findMany(), (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  for (const text of [rows, audit, JSON.stringify(await room.channels.list())]) expect(text).not.toContain('canary')
  expect(await room.channels.tryOut(caller, id)).toEqual({ ok: true, value: undefined })
  expect(inbox.requests.at(-1)).toContain(PATH)
  expect(await room.channels.remove(caller, id)).toBe(true)
  expect(await room.channels.tryOut(caller, id)).toEqual({ ok: false, error: 'gone' })
})

test('R-16 a due reminder goes by webhook, Teams and mail; when mail is broken the others carry it', async () => {
  const { db } = database
  const { settings } = await db.mailServer.findUniqueOrThrow({ where: { id: SERVER_ID } })
  await db.mailServer.update({ where: { id: SERVER_ID }, data: { settings: {} } })
  const { id } = aCredential()
  const mailServerId = SERVER_ID
  const expiresAt = new Date(Date.now() + 5 * 86_400_000)
  const row = { id, mailServerId, kind: 'client-secret', digest: 'd', createdBy: 'x', expiresAt }
  await db.credential.create({ data: row })
  await add('webhook', { url: `${inbox.origin}${PATH}`, key: KEY })
  await add('teams', { url: `${inbox.origin}/teams` })
  const mail = await add('mail', { address: 'it-support@contoso.example' })
  inbox.requests.length = 0
  expect(await room.work()).toEqual({ sent: 2, failed: 1 })
  await db.mailServer.update({ where: { id: SERVER_ID }, data: { settings: settings as object } })

  const signed = inbox.requests.find((text) => text.includes(PATH)) ?? ''
  const [head = '', body = ''] = signed.split('\r\n\r\n')
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim()
  const expected = createHmac('sha256', KEY)
    .update(`${header('postroom-timestamp')}.${body}`)
    .digest('hex')
  expect(header('postroom-signature')).toBe(`v1=${expected}`)
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
  await db.reminder.updateMany({ data: { nextTryAt: null } })
  expect(await room.work()).toEqual({ sent: 1, failed: 0 })
  // F-65: it is told when the mail server has taken it, and not before.
  const queued = await db.reminder.findFirstOrThrow({ where: { channelId: mail, NOT: { messageId: null } } })
  expect(queued).toMatchObject({ state: 'queued', sentAt: null })
  expect(await outbox.message(queued.messageId ?? '')).toMatchObject({ state: 'queued', source: 'reminder' })
  expect(smtp.messages).toEqual([])
  const delivery = await outbox.deliver()
  const told = () => db.reminder.findFirst({ where: { channelId: mail, state: 'sent' } })
  await expect.poll(told, { timeout: 5_000 }).not.toBeNull()
  await delivery.stop(1_000)
  expect(await db.notificationChannel.findUnique({ where: { id: mail } })).toMatchObject({ lastFault: null })
  const [message = ''] = smtp.messages
  const { deliveryId } = await db.reminder.findFirstOrThrow({ where: { channelId: mail, state: 'sent' } })
  expect(message).toContain(`Message-ID: <${deliveryId}@contoso.example>`)
  expect(message).toContain('Auto-Submitted: auto-generated')
  expect(await room.work()).toEqual({ sent: 0, failed: 0 })
})

test('a receiver that says no is told by status and words, without its address', async () => {
  answer = jsonAnswer({ error: `no such flow ${PATH}` }, 404)
  const id = await add('webhook', { url: `${inbox.origin}${PATH}`, key: KEY })
  const tried = await room.channels.tryOut(caller, id)
  expect(tried).toMatchObject({ ok: false, error: { code: 'http-status', evidence: expect.stringMatching(/^404 /) } })
  expect(JSON.stringify(tried)).not.toContain('canary')
  expect((await room.channels.list()).find((channel) => channel.id === id)?.lastFault).toMatchObject({
    code: 'http-status',
  })
})

test('N-06 trials are limited', async () => {
  const id = await add('webhook', { url: `${inbox.origin}${PATH}`, key: KEY })
  const outcomes = []
  for (let turn = 0; turn < 5; turn++) outcomes.push(await room.channels.tryOut(caller, id))
  expect(outcomes.at(-1)).toEqual({ ok: false, error: 'too-many' })
})
