import pg from 'pg'
import PostalMime from 'postal-mime'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CLIENT_FIELDS } from '../../tests/support/client-fields'
import type { TestDatabase } from '../../tests/support/database'
import { waitingFor } from '../../tests/support/locks'
import { CLIENT, caller, SECRET, TENANT } from '../../tests/support/mail-server'
import { wholeDeployment } from '../../tests/support/whole'
import type { Keep } from '../db'
import { REQUEST_BUDGET_MS } from '../db/time-budget'
import { type Caller, newId } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { saveOrganisation } from '../operations/organisation'
import type { Services } from './create'

/** What people can do, over one deployment with something of everything in it. */
let deployment: Awaited<ReturnType<typeof wholeDeployment>>
let fresh: TestDatabase
let services: Services
let ids: {
  server: string
  second: string
  exchange: string
  operator: string
  session: string
  message: string
  channel: string
  feed: string
}

const atShell = { actor: { kind: 'command-line', user: 'root' }, origin: caller.origin } as const
const SENDER = 'invoices@contoso.example'
const exchange = {
  type: 'exchange-online-oauth2',
  senderAddress: 'noreply@contoso.example',
  senderName: '',
  cloud: 'global',
  tenantId: TENANT,
  clientId: CLIENT,
  clientSecretChange: 'replace',
  clientSecret: SECRET,
  secretExpiresAt: '2099-12-31',
}
const CANARY = 'canary-subject'
const smtp = {
  type: 'smtp',
  host: 'mail.contoso.example',
  port: '587',
  security: 'starttls',
  login: 'none',
  senderAddress: 'noreply@contoso.example',
  senderName: 'Contoso',
}

beforeAll(async () => {
  deployment = await wholeDeployment()
  ;({ fresh, services } = deployment)
  ids = await filled()
})
afterAll(() => deployment.close())

test('a statement of a page that waits for a lock is undone before the page gives up on it', async () => {
  const [row] = await services.db.$queryRaw<[{ ms: number }]>`
    SELECT setting::int AS ms FROM pg_settings WHERE name = 'lock_timeout'`
  expect(row.ms).toBeGreaterThan(0)
  expect(row.ms).toBeLessThan(REQUEST_BUDGET_MS)
})

async function filled(): Promise<typeof ids> {
  const { db, mailServers, notifications, signIn, calendar } = services
  const mailServer = await mailServers.default()
  const parsed = mailServer.parse(smtp)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  expect(await mailServer.save(caller, { change: parsed.value, version: 0 })).toMatchObject({ ok: true })
  const server = await mailServers.defaultId()
  const second = await mailServers.add(caller, 'Second')
  const other = await mailServers.add(caller, 'Exchange')
  const channel = await notifications.channels.add(caller, {
    kind: 'mail',
    name: 'Admins',
    locale: 'en',
    address: 'admins@contoso.example',
    url: '',
  })
  const added = await signIn.addOperator(atShell, {
    email: 'anna@contoso.example',
    name: 'Anna',
    role: 'operator',
    password: null,
  })
  const feed = await calendar.createFeed(caller, { name: 'Team', locale: 'en' })
  if (!second.ok || !other.ok || !channel.ok || !added.ok || !feed)
    throw new Error(JSON.stringify([second, other, channel, added]))
  const change = mailServers.of(other.value.id).parse(exchange)
  if (!change.ok) throw new Error(JSON.stringify(change.error))
  expect(await mailServers.of(other.value.id).save(caller, { change: change.value, version: 0 })).toMatchObject({
    ok: true,
  })
  await db.sender.create({
    data: { mailServerId: server, address: SENDER, way: 'send-as', addedBy: 'x', addedAt: new Date() },
  })
  const operator = added.value.id
  await db.operator.update({ where: { id: operator }, data: { twoFactorEnabled: true } })
  const session = 'session-of-anna'
  const expiresAt = new Date(Date.now() + 3_600_000)
  await db.session.create({ data: { id: session, token: 'hash', userId: operator, expiresAt } })
  const message = newId()
  const at = new Date()
  await db.message.create({
    data: {
      id: message,
      mailServerId: server,
      source: 'reminder',
      subject: CANARY,
      messageId: `<${message}>`,
      sizeBytes: 1,
      needsUtf8: false,
      acceptedAt: at,
      dueAt: at,
      expiresAt,
      recipients: { create: { position: 0, address: 'user@fabrikam.example' } },
      body: { create: { bytes: Buffer.from('x') } },
    },
  })
  return {
    server,
    second: second.value.id,
    exchange: other.value.id,
    operator,
    session,
    message,
    channel: channel.value.id,
    feed: feed.id,
  }
}

/** Everything that is stored, but what counts tries. */
async function stored(): Promise<string> {
  const tables = await fresh.db.$queryRaw<{ name: string }[]>`
    SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname NOT IN ('RateLimit', 'KeyCheck') ORDER BY 1`
  const digests: string[] = []
  for (const { name } of tables) {
    const [row] = await fresh.db.$queryRawUnsafe<{ digest: string | null }[]>(
      `SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) AS digest FROM "${name}" t`,
    )
    digests.push(`${name} ${row?.digest}`)
  }
  return digests.join('\n')
}

type Story = [name: string, tell: () => Promise<unknown>]
const rule = {
  id: 'r1',
  name: 'Rule',
  enabled: true,
  senders: '',
  recipients: '',
  verdict: 'decline' as const,
  senderAddress: '',
  senderName: '',
  individual: false,
  server: '',
}

describe('U-04 where the audit row cannot be written, nothing is done', () => {
  afterEach(() => fresh.db.$executeRaw`ALTER TABLE "AuditEvent" DROP CONSTRAINT IF EXISTS unwritable`)

  test.each<Story>([
    [
      'mail-server.save',
      async () => {
        const mailServer = await services.mailServers.default()
        const parsed = mailServer.parse({ ...smtp, senderName: 'Another' })
        if (parsed.ok) return mailServer.save(caller, { change: parsed.value, version: 1 })
      },
    ],
    ['mail-server.add', () => services.mailServers.add(caller, 'Third')],
    [
      'mail-server.rename',
      () => services.mailServers.rename(caller, { id: ids.second, from: 'Second', name: 'Renamed' }),
    ],
    ['mail-server.remove', () => services.mailServers.remove(caller, ids.second)],
    ['mail-server.pause', () => services.outbox.pauseServer(caller, ids.server)],
    ['message.hold', () => services.outbox.hold(caller, { ids: [ids.message] })],
    ['message.cancel', () => services.outbox.cancel(caller, { ids: [ids.message] })],
    [
      'retention.change',
      () => services.outbox.saveRetention(caller, { messageDays: 10, failedBodyDays: 1, version: 0 }),
    ],
    [
      'organisation.rename',
      () => saveOrganisation({ db: services.db, clock: services.clock }, caller, { name: 'Litware', version: 0 }),
    ],
    ['policy.save', () => services.rules.save(caller, { fields: { rules: [rule], otherwise: 'allow' }, number: 0 })],
    ['client.add', () => services.submission.clients.add(caller, 'login', CLIENT_FIELDS)],
    [
      'sender.add',
      () => services.senders.add(caller, { server: ids.exchange, typed: 'info@contoso.example', way: 'login' }),
    ],
    ['rotation.start', () => services.credentials.rotateNow(caller, { mailServerId: ids.exchange })],
    ['sender.remove', () => services.senders.remove(caller, { server: ids.server, address: SENDER })],
    ['channel.change', () => services.notifications.channels.setEnabled(caller, ids.channel, false)],
    ['channel.remove', () => services.notifications.channels.remove(caller, ids.channel)],
    ['calendar.create', () => services.calendar.createFeed(caller, { name: 'More', locale: 'de' })],
    ['calendar.revoke', () => services.calendar.revokeFeed(caller, ids.feed)],
    [
      'operator.create',
      () =>
        services.signIn.addOperator(atShell, {
          email: 'new@contoso.example',
          name: 'New',
          role: 'viewer',
          password: null,
        }),
    ],
    ['operator.disable', () => services.signIn.changeOperator(atShell, ids.operator, { kind: 'disable' })],
    ['operator.remove', () => services.signIn.changeOperator(atShell, ids.operator, { kind: 'remove' })],
    ['operator.reset', () => services.signIn.rescueOperator(atShell, 'anna@contoso.example', true)],
    ['session.revoke', () => services.signIn.endSession(atShell, ids.session, ids.operator)],
    ['session.revoke-others', () => services.signIn.endOtherSessions(atShell, ids.operator, 'another')],
  ])('%s', async (action, tell) => {
    const before = await stored()
    await fresh.db.$executeRaw`ALTER TABLE "AuditEvent" ADD CONSTRAINT unwritable CHECK (false) NOT VALID`
    await expect(tell()).rejects.toThrow()
    expect(await stored()).toBe(before)
    // The story does write its row where it can: the failure was the row's. Undone, for the next one.
    await fresh.db.$executeRaw`ALTER TABLE "AuditEvent" DROP CONSTRAINT unwritable`
    await fresh.db.$executeRawUnsafe(
      `ALTER TABLE "AuditEvent" ADD CONSTRAINT unwritable CHECK (action <> '${action}') NOT VALID`,
    )
    await expect(tell()).rejects.toThrow()
    expect(await stored()).toBe(before)
  })
})

describe('R-14 a secret that is shown once is made together with its notice', () => {
  const url = 'https://hooks.contoso.example/once'
  const hook = { kind: 'webhook', name: 'Hook', locale: 'en', address: '', url } as const
  const notice = { kind: 'signing-key', name: 'Hook', key: 'key', isRenewed: false } as const
  const renewable = { client: '', channel: '' }
  beforeAll(async () => {
    const client = await services.submission.clients.add(caller, 'api-key', { ...CLIENT_FIELDS, name: 'Once' })
    const channel = await services.notifications.channels.add(caller, { ...hook, url: `${url}/renewed` })
    if (!client.ok || !channel.ok) throw new Error(JSON.stringify([client, channel]))
    Object.assign(renewable, { client: client.value.id, channel: channel.value.id })
  })
  afterEach(() => fresh.db.$executeRaw`ALTER TABLE "Verification" DROP CONSTRAINT IF EXISTS unwritable`)

  test.each<[string, (keep: Keep<unknown>) => Promise<unknown>]>([
    ['client.add', (keep) => services.submission.clients.add(caller, 'login', CLIENT_FIELDS, keep)],
    ['client.reset-secret', (keep) => services.submission.clients.resetSecret(caller, renewable.client, { keep })],
    ['channel.create', (keep) => services.notifications.channels.add(caller, hook, keep)],
    ['channel.change', (keep) => services.notifications.channels.renewKey(caller, renewable.channel, keep)],
    ['calendar.create', (keep) => services.calendar.createFeed(caller, { name: 'Once', locale: 'en' }, keep)],
  ])('%s', async (_, make) => {
    const keep: Keep<unknown> = (tx) => services.signIn.keepNotice(tx, ids.operator, notice)
    const before = await stored()
    await fresh.db.$executeRaw`ALTER TABLE "Verification" ADD CONSTRAINT unwritable CHECK (false) NOT VALID`
    await expect(make(keep)).rejects.toThrow()
    expect(await stored()).toBe(before)
    await fresh.db.$executeRaw`ALTER TABLE "Verification" DROP CONSTRAINT unwritable`
    await make(keep)
    expect(await services.signIn.notice(ids.operator)).toEqual(notice)
    await services.signIn.dropNotice(ids.operator)
  })
})

/** Where a text is expected: conditions that Prisma would understand, as they arrive when a body is parsed and its type lost. */
const OFFERED: readonly unknown[] = [
  ...[{ not: '' }, { contains: '' }, { startsWith: '' }, { gt: '' }, { in: [] }, { notIn: [] }, { equals: undefined }],
  ...[['x'], {}, null, undefined, true, 0, { toString: () => 'x' }],
]

describe('W-13 an object in the place of a text finds nothing and changes nothing', () => {
  const text = (offered: unknown) => offered as string
  const stories: [string, (offered: unknown) => Promise<unknown>][] = [
    ['a session to end', (it) => services.signIn.endSession(atShell, text(it), null)],
    ['whose session to end', (it) => services.signIn.endSession(atShell, ids.session, it === null ? '' : text(it))],
    ['an operator to change', (it) => services.signIn.changeOperator(atShell, text(it), { kind: 'disable' })],
    ['an operator to rescue', (it) => services.signIn.rescueOperator(atShell, text(it), true)],
    ['a set-up link', (it) => services.signIn.setUpView(new Redacted(text(it)))],
    ['a mail server', (it) => services.mailServers.remove(caller, text(it))],
    ['a mail server to rename', (it) => services.mailServers.rename(caller, { id: text(it), from: '', name: 'x' })],
    ['a message', (it) => services.outbox.message(text(it))],
    ['messages to cancel', (it) => services.outbox.cancel(caller, { ids: [text(it)] })],
    ['a mail server to pause', (it) => services.outbox.pauseServer(caller, text(it))],
    ['a sender to remove', (it) => services.senders.remove(caller, { server: ids.server, address: text(it) })],
    ['the mail server of a sender', (it) => services.senders.remove(caller, { server: text(it), address: SENDER })],
    ['a channel', (it) => services.notifications.channels.remove(caller, text(it))],
    ['a channel to switch off', (it) => services.notifications.channels.setEnabled(caller, text(it), false)],
    ['a calendar address', (it) => services.calendar.readFeed(text(it))],
    ['a calendar to revoke', (it) => services.calendar.revokeFeed(caller, text(it))],
    ['a credential', (it) => services.credentials.byId(text(it))],
    [
      'the note of a credential',
      (it) => services.credentials.edit(caller, { credentialId: text(it), changes: [{ field: 'note', text: 'x' }] }),
    ],
  ]
  test.each(stories)('%s', async (_, tell) => {
    const before = await stored()
    for (const offered of OFFERED) {
      const answer = await tell(offered).catch(() => null)
      expect(JSON.stringify(answer ?? null), JSON.stringify(offered)).not.toContain(CANARY)
    }
    expect(withoutRefusals(await stored())).toBe(withoutRefusals(before))
  })
  /** A refusal may leave an audit entry. */
  const withoutRefusals = (all: string): string => all.replace(/^AuditEvent .*$/m, '')
})

test('a second factor that another person resets is reported to its owner, once, in their language and with who did it', async () => {
  const { db, signIn } = services
  await db.operator.update({ where: { id: ids.operator }, data: { locale: 'en' } })
  await db.alertSettings.updateMany({ data: { reportLocale: 'de' } })
  const notices = () => db.message.findMany({ where: { source: 'notice' }, include: { recipients: true, body: true } })
  /** What this many resets at once say, the latest first, and the messages that they add. */
  const reset = async (by: Caller, times = 1) => {
    const before = (await notices()).map(({ id }) => id)
    const change = { kind: 'reset-second-factor' } as const
    await Promise.all(Array.from({ length: times }, () => signIn.changeOperator(by, ids.operator, change)))
    const entries = await db.auditEvent.findMany({ orderBy: { sequence: 'desc' }, take: times })
    const mails = (await notices()).filter(({ id }) => !before.includes(id))
    const read = async ({ subject, recipients, cause, body }: (typeof mails)[number]) => {
      const { text = '' } = await PostalMime.parse(Buffer.from(body?.bytes ?? ''))
      return { subject, to: recipients.map(({ address }) => address), cause, text: text.replace(/\s+/g, ' ') }
    }
    return { entries: entries.map(({ details }) => details), mails: await Promise.all(mails.map(read)) }
  }
  const [email, mail] = ['anna@contoso.example', { to: ['anna@contoso.example'], cause: `operator:${ids.operator}` }]
  const entry = { email, what: 'second factor' }
  const subject = 'The second factor of your Postroom account was removed'
  const text = expect.stringContaining('was removed on the server, and you were signed out.')
  expect(await reset(atShell)).toEqual({ entries: [{ ...entry, notified: true }], mails: [{ ...mail, subject, text }] })
  // There is none to remove any more.
  expect(await reset(atShell)).toEqual({ entries: [entry], mails: [] })

  // Without a language of the account its mail has that of reports.
  await db.operator.update({ where: { id: ids.operator }, data: { twoFactorEnabled: true, locale: null } })
  const by = { email: 'admin@contoso.example', role: 'admin' as const }
  const added = await signIn.addOperator(atShell, { ...by, name: '', password: null })
  if (!added.ok) throw new Error(added.error.kind)
  const admin: Caller = { ...caller, actor: { kind: 'operator', id: added.value.id, ...by } }
  const german = {
    subject: 'Der zweite Faktor Ihres Postroom-Kontos wurde entfernt',
    text: expect.stringContaining(`${by.email} hat den zweiten Faktor Ihres Kontos entfernt und Sie abgemeldet.`),
  }
  expect(await reset(admin, 2)).toEqual({
    entries: [entry, { ...entry, notified: true }],
    mails: [{ ...mail, ...german }],
  })
})

test('the reset of a second factor waits for an enrolment that is under way, notifies the owner, and wakes the worker', async () => {
  const { db, signIn } = services
  await db.operator.update({ where: { id: ids.operator }, data: { twoFactorEnabled: false } })
  const listener = new pg.Client(fresh.url)
  onTestFinished(() => listener.end())
  await listener.connect()
  await listener.query('LISTEN postroom_outbox')
  const notices = () => db.message.count({ where: { source: 'notice', cause: `operator:${ids.operator}` } })
  const before = await notices()
  const woken = new Promise<number>((resolve) => listener.once('notification', () => resolve(notices())))
  const { reset } = await db.$transaction(async (tx) => {
    await tx.operator.update({ where: { id: ids.operator }, data: { twoFactorEnabled: true } })
    const reset = signIn.changeOperator(atShell, ids.operator, { kind: 'reset-second-factor' })
    await expect.poll(() => waitingFor(tx)).toBe(1)
    return { reset }
  })
  expect(await reset).toMatchObject({ ok: true, value: { mail: { notified: true } } })
  expect(await woken).toBe(before + 1)
})
