import { afterEach, expect, test, vi } from 'vitest'
import { type Simulator, startSimulator } from '../../../simulator/simulator'
import { caller } from '../../../tests/support/mail-server'
import { SERVER_ID } from '../../../tests/support/outbox'
import { domain, ruleOf } from '../../../tests/support/policy'
import { type SendersWorld, sendersWorld } from '../../../tests/support/senders'
import { HOUR_MS, newId } from '../../kernel'
import { ANY_SERVER } from '../store/rate-limits'
import { MESSAGES_A_MINUTE_MAX, RECIPIENTS_A_DAY_MAX } from './limits'

/** With `SOAK=1` the tests run in real time and measure it. Otherwise a minute is three seconds. */
const SOAK = Boolean(process.env.SOAK)
const MINUTE_MS = SOAK ? 60_000 : 3_000
const MANY = SOAK ? 240 : 75
/** Required share of the rate that the limits allow. */
const SHARE = 0.95
/** For the messages of the first minute, which only the machine delays: at a load of 50 those of four mailboxes took ten seconds. */
const REST_MS_MAX = 20_000
vi.setConfig({ testTimeout: SOAK ? 600_000 : 60_000 })

const MAILBOXES = ['info', 'it-support', 'postmaster', 'scanner'].map((name) => `${name}@contoso.example`)
const MAIN = 'noreply@contoso.example'
/** Rules apply only to messages with an originator. */
const PERSON = 'person@contoso.example'
/** Mail to this domain leaves from that mailbox. */
const domainFor = (mailbox: string) => `${mailbox.split('@')[0]}.fabrikam.test`

let world: SendersWorld<Simulator>
afterEach(() => world.end())

/** An Exchange Online that refuses whatever exceeds its limits, so that none of it goes unseen. */
async function strictExchange(mailboxes: readonly string[] = []): Promise<void> {
  world = await sendersWorld(startSimulator, { messageRestMs: MINUTE_MS })
  await world.change('limits', { minuteMs: MINUTE_MS, excess: 'refuse' })
  await world.saveServer()
  for (const mailbox of mailboxes) {
    await world.change('grant-mailbox-permission', { mailbox })
    await world.change('smtp-auth-mailbox', { mailbox, disabled: false })
    await world.enter(mailbox, 'login')
  }
  const rules = mailboxes.map((address) =>
    ruleOf({
      id: domainFor(address).split('.')[0] ?? '',
      recipients: [domain(domainFor(address))],
      outcome: { verdict: 'allow', sender: { address, name: '' }, individual: false, server: null },
    }),
  )
  await world.saveRules({ rules, otherwise: 'allow' })
}

const offer = (count: number, toDomain = 'fabrikam.test') =>
  Promise.all(Array.from({ length: count }, (_, at) => world.send(PERSON, [`someone${at}@${toDomain}`])))

const arrivedBy = (mailbox: string) =>
  world.simulator.mailbox.all().filter(({ login }) => login?.user === mailbox).length

/** Milliseconds until that many arrived from each of them. */
async function drained(count: number, mailboxes: readonly string[]): Promise<number> {
  const startedMs = performance.now()
  await world.deliver()
  await expect
    .poll(() => mailboxes.map(arrivedBy), { timeout: SOAK ? 550_000 : 50_000, interval: 20 })
    .toEqual(mailboxes.map(() => count))
  return performance.now() - startedMs
}

/** How long the limits of one mailbox alone take. */
const idealMs = (count: number) => (Math.ceil(count / MESSAGES_A_MINUTE_MAX) - 1) * MINUTE_MS

/** Milliseconds from the last message of the first minute, for which only the machine decides, to the last of all. */
function afterFirstMinute(count: number, mailbox: string): number {
  const own = world.simulator.mailbox.all().filter(({ login }) => login?.user === mailbox)
  // They are listed newest first.
  const [to = 0, from = 0] = [count, MESSAGES_A_MINUTE_MAX].map((nth) => Date.parse(own.at(-nth)?.receivedAt ?? ''))
  return to - from
}

/** In a soak: after the first minute each mailbox sends as many a minute as the limits allow. */
function usedFully(count: number, mailboxes: readonly string[], tookMs: number, share = SHARE): void {
  if (!SOAK) return
  for (const mailbox of mailboxes) {
    const laterMs = afterFirstMinute(count, mailbox)
    expect(idealMs(count) / laterMs, mailbox).toBeGreaterThanOrEqual(share)
    expect(tookMs - laterMs, mailbox).toBeLessThan(REST_MS_MAX)
  }
}

/** None refused upstream, none deferred: each mail had one attempt, which was taken. */
async function noneInVain(count: number): Promise<void> {
  const { db } = world.database
  await expect.poll(() => db.message.count({ where: { state: 'delivered' } })).toBe(count)
  expect(await db.attempt.groupBy({ by: ['outcome'], _count: true })).toEqual([{ outcome: 'accepted', _count: count }])
}

test('R-08 no message of a busy mailbox is refused or deferred, and the rate limit is used fully', async () => {
  await strictExchange()
  await offer(MANY)
  const tookMs = await drained(MANY, [MAIN])
  await noneInVain(MANY)
  expect(tookMs).toBeGreaterThan(idealMs(MANY))
  usedFully(MANY, [MAIN], tookMs)
})

test.runIf(SOAK)('the later half of 60 messages at 30 a minute is sent within 61 seconds of the first', async () => {
  await strictExchange()
  await offer(60)
  usedFully(60, [MAIN], await drained(60, [MAIN]), 60 / 61)
  await noneInVain(60)
})

test('R-08 four sender mailboxes are four times as fast as one, each within its own rate limit', async () => {
  await strictExchange(MAILBOXES)
  const each = SOAK ? 60 : 35
  await Promise.all(MAILBOXES.map((mailbox) => offer(each, domainFor(mailbox))))
  const tookMs = await drained(each, MAILBOXES)
  await noneInVain(4 * each)
  expect(tookMs).toBeGreaterThan(idealMs(each))
  const { rateLimitToken } = world.database.db
  const tokens = { where: { kind: 'message' }, orderBy: { mailbox: 'asc' }, _count: true } as const
  expect(await rateLimitToken.groupBy({ by: ['mailbox'], ...tokens })).toEqual(
    MAILBOXES.map((mailbox) => ({ mailbox, _count: MESSAGES_A_MINUTE_MAX })),
  )
  // One after the other, the last would have none when the first has all. A busy machine delays all four alike.
  const senders = world.simulator.mailbox.all().map(({ login }) => login?.user)
  const whenFirstEnds = senders.slice(0, Math.min(...MAILBOXES.map((mailbox) => senders.lastIndexOf(mailbox))))
  for (const mailbox of MAILBOXES)
    expect(whenFirstEnds.filter((sender) => sender === mailbox).length, mailbox).toBeGreaterThan(each / 2)
  usedFully(each, MAILBOXES, tookMs)
})

test('R-08 a message that moves to another mailbox leaves the rate limit of its first one unused', async () => {
  const [first = ''] = MAILBOXES
  await strictExchange([first])
  await offer(1)
  const { rateLimitToken, message } = world.database.db
  // As if a rule had chosen that mailbox when it was accepted.
  await message.updateMany({ data: { mailbox: first } })
  await drained(1, [MAIN])
  await noneInVain(1)
  const { endedAt } = await message.findFirstOrThrow()
  const tokens = { where: { mailbox: first, kind: 'message' }, _max: { freeAt: true } } as const
  const freeAt = async () => (await rateLimitToken.aggregate(tokens))._max.freeAt
  expect(await freeAt()).not.toBeNull()
  // The connection of the first mailbox may release its token after the second one has sent the message.
  await expect.poll(async () => Number(await freeAt()) - Number(endedAt)).toBeLessThan(MINUTE_MS / 2)
})

test('R-08 recipients of another mailbox do not count against the day of a mailbox', async () => {
  const [usedUp = ''] = MAILBOXES
  await strictExchange([usedUp])
  const { mailboxHour, recipient } = world.database.db
  const hour = { mailServerId: SERVER_ID, hour: new Date(), delivered: 0 }
  await mailboxHour.createMany({
    data: [
      { ...hour, mailbox: '', recipients: RECIPIENTS_A_DAY_MAX - 1 },
      { ...hour, mailbox: usedUp, recipients: RECIPIENTS_A_DAY_MAX },
    ],
  })
  await world.send(PERSON, ['anna@fabrikam.test', `ben@${domainFor(usedUp)}`])
  await drained(1, [MAIN])
  await expect
    .poll(() => recipient.findMany({ orderBy: { position: 'asc' }, select: { state: true } }))
    .toEqual([{ state: 'delivered' }, { state: 'queued' }])
})

test('R-08 what other connections of a mailbox are sending counts against its day', async () => {
  await strictExchange()
  const { mailboxHour, message } = world.database.db
  const each = 100
  const hour = { mailServerId: SERVER_ID, mailbox: '', hour: new Date() }
  await mailboxHour.create({ data: { ...hour, recipients: RECIPIENTS_A_DAY_MAX - 1.5 * each } })
  const recipients = Array.from({ length: each }, (_, at) => `someone${at}@fabrikam.test`)
  await Promise.all(Array.from({ length: 3 }, () => world.send(PERSON, recipients)))
  await drained(1, [MAIN])
  // One of the others was claimed, and given back.
  await expect.poll(() => message.count({ where: { state: 'queued', fence: { gt: 0 } } })).toBeGreaterThan(0)
  await expect
    .poll(() => message.groupBy({ by: ['state'], _count: true, orderBy: { state: 'asc' } }))
    .toEqual([
      { state: 'delivered', _count: 1 },
      { state: 'queued', _count: 2 },
    ])
})

test('R-07 a mailbox that fails does not slow the others down', async () => {
  await strictExchange(MAILBOXES)
  const [failing = '', ...working] = MAILBOXES
  await world.change('remove-mailbox-permission', { mailbox: failing })
  const each = SOAK ? 60 : 35
  await Promise.all(MAILBOXES.map((mailbox) => offer(each, domainFor(mailbox))))
  const tookMs = await drained(each, working)
  expect(arrivedBy(failing)).toBe(0)
  const { db } = world.database
  await expect.poll(() => db.attempt.count({ where: { outcome: 'accepted' } })).toBe(3 * each)
  // Its messages wait together, so most of them are not attempted in vain.
  expect(await db.attempt.count({ where: { NOT: { outcome: 'accepted' } } })).toBeLessThan(each / 2)
  expect(await db.message.count({ where: { state: 'queued' } })).toBe(each)
  usedFully(each, working, tookMs)
})

/** Another mail server that logs in as the same mailbox, for recipients at `second.test`. */
async function secondServer(): Promise<string> {
  const second = await world.addServer('Second')
  const own = { sender: null, individual: false, server: second }
  const rule = ruleOf({ id: 'second', recipients: [domain('second.test')], outcome: { verdict: 'allow', ...own } })
  await world.saveRules({ rules: [rule], otherwise: 'allow' })
  return second
}

test('R-08 two mail servers that log in as one mailbox share its rate limit, and neither waits until the other has finished', async () => {
  await strictExchange()
  const second = await secondServer()
  const [many, few] = SOAK ? [100, 20] : [75, 15]
  const total = many + few
  await offer(many)
  const draining = drained(total, [MAIN])
  // By then the first one has all connections of the mailbox.
  await expect.poll(() => arrivedBy(MAIN), { timeout: 20_000 }).toBeGreaterThan(MESSAGES_A_MINUTE_MAX / 2)
  await offer(few, 'second.test')
  const tookMs = await draining
  await noneInVain(total)
  expect(tookMs).toBeGreaterThan(idealMs(total))
  const { db } = world.database
  const attempts = await db.attempt.findMany({ orderBy: { at: 'asc' }, select: { mailServerId: true } })
  expect(attempts.slice(0, many).filter(({ mailServerId }) => mailServerId === second)).not.toEqual([])
  usedFully(total, [MAIN], tookMs)
})

test('R-08 a worker that has one connection of a mailbox gives it to another mail server if other workers have the rest', async () => {
  await strictExchange()
  const second = await secondServer()
  const { db } = world.database
  const held = { mailServerId: ANY_SERVER, mailbox: MAIN, kind: 'connection', holder: newId() }
  const freeAt = new Date(Date.now() + HOUR_MS)
  await db.rateLimitToken.createMany({ data: [0, 1].map((slot) => ({ ...held, slot, freeAt })) })
  const many = MESSAGES_A_MINUTE_MAX + 15
  await offer(many)
  const draining = drained(many + 1, [MAIN])
  await expect.poll(() => arrivedBy(MAIN), { timeout: 20_000 }).toBe(MESSAGES_A_MINUTE_MAX)
  await offer(1, 'second.test')
  await draining
  await noneInVain(many + 1)
  const attempts = await db.attempt.findMany({ orderBy: { at: 'asc' }, select: { mailServerId: true } })
  expect(attempts.slice(0, many).filter(({ mailServerId }) => mailServerId === second)).not.toEqual([])
})

test('R-08 a failover server at Exchange stays within its rate limit when all messages of another server move to it', async () => {
  await strictExchange()
  const backup = await world.addServer('Backup')
  const { smtpPort: port } = world.simulator.ready
  // Exchange without a login: it refuses all mail.
  await world.saveServer({ type: 'smtp', host: 'localhost', port: String(port), security: 'starttls', login: 'none' })
  const { mailServers } = world.services
  expect(await mailServers.setFailover(caller, { id: SERVER_ID, from: null, failoverId: backup })).toEqual({ ok: true })
  const each = SOAK ? 60 : 35
  await offer(each)
  const tookMs = await drained(each, [MAIN])
  expect(tookMs).toBeGreaterThan(idealMs(each))
  const { db } = world.database
  await expect.poll(() => db.message.count({ where: { state: 'delivered' } })).toBe(each)
  const where = { mailServerId: backup }
  expect(await db.attempt.groupBy({ where, by: ['outcome'], _count: true })).toEqual([
    { outcome: 'accepted', _count: each },
  ])
})

test('R-08 each group of recipients that gets a message separately counts as one message of the rate limit', async () => {
  await strictExchange()
  const outcome = { verdict: 'allow', sender: null, individual: false, server: null } as const
  const rules = ['one', 'two'].map((id) => ruleOf({ id, recipients: [domain(`${id}.test`)], outcome }))
  await world.saveRules({ rules, otherwise: 'allow' })
  const each = MESSAGES_A_MINUTE_MAX / 2 + 3
  for (let at = 0; at < each; at++) await world.send(PERSON, ['anna@one.test', 'ben@two.test'])
  await drained(2 * each, [MAIN])
  const { db } = world.database
  await expect.poll(() => db.message.count({ where: { state: 'delivered' } })).toBe(each)
  expect(await db.attempt.groupBy({ by: ['outcome'], _count: true })).toEqual([
    { outcome: 'accepted', _count: 2 * each },
  ])
})

test('R-08 a message with more groups of recipients than a minute allows messages is sent to all of them', async () => {
  await strictExchange()
  const outcome = { verdict: 'allow', sender: null, individual: false, server: null } as const
  const ids = Array.from({ length: MESSAGES_A_MINUTE_MAX + 3 }, (_, at) => `group${at}`)
  await world.saveRules({
    rules: ids.map((id) => ruleOf({ id, recipients: [domain(`${id}.test`)], outcome })),
    otherwise: 'allow',
  })
  await world.send(
    PERSON,
    ids.map((id) => `anna@${id}.test`),
  )
  await drained(ids.length, [MAIN])
  const { attempt } = world.database.db
  await expect
    .poll(() => attempt.groupBy({ by: ['outcome'], _count: true }))
    .toEqual([{ outcome: 'accepted', _count: ids.length }])
})
