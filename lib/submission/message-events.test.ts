import { createHmac } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { testAuthority } from '../../tests/support/certificates'
import { clockAhead } from '../../tests/support/credentials-services'
import { databaseOfEach } from '../../tests/support/each-database'
import { newKey } from '../../tests/support/mail-server'
import { jsonAnswer, startHttps, startSmtp } from '../../tests/support/servers'
import { submissionWorld } from '../../tests/support/submission'
import { checked } from '../../tests/support/wire-safe'
import { quiet, worldAt } from '../../tests/support/world'
import { createDatabaseClock, type Tx } from '../db'
import { DAY_MS, HOUR_MS, newId } from '../kernel'
import { channelBinding } from '../kernel/sealing'
import { writeSecret } from '../notifications/channel-secret'
import { createMessageEvents, pauseAfter } from './message-events'
import { claimWebhook, dropOldEvents, listEvents, messageEventIsDue, releaseWebhook } from './store/message-events'

const database = databaseOfEach()
const KEY = 'a-signing-key'

async function world(aheadMs = 0) {
  const authority = await testAuthority()
  const answers = {
    status: 200,
    refusedId: '',
    retryAfter: '',
    heard: () => {},
    /** Until when the answer to a request is kept back. */
    after: (_request: string): Promise<unknown> | null => null,
  }
  const server = await startHttps(await authority.certify(), (request) => {
    answers.heard()
    const isRefused = answers.refusedId !== '' && request.includes(answers.refusedId)
    const answer = jsonAnswer({}, isRefused ? 500 : answers.status, { 'Retry-After': answers.retryAfter })
    const waits = answers.after(request)
    return waits ? (socket) => void waits.then(() => socket.end(answer)) : answer
  })
  const smtp = await startSmtp({ security: 'none' })
  const it = await submissionWorld({ database, entrances: [], port: smtp.port })
  onTestFinished(() => server.close())
  onTestFinished(() => smtp.close())
  onTestFinished(() => it.close())
  const allowNetworks = [`localhost:${new URL(server.origin).port}`]
  const warnings: unknown[] = []
  const common = worldAt({
    db: database.db,
    keys: [newKey('k1')],
    allowNetworks,
    ports: [],
    ca: [authority.certificate],
    log: { ...quiet, warn: (event, fields) => warnings.push({ event, fields }) },
  })
  const clock = createDatabaseClock(
    database.db,
    clockAhead(() => aheadMs),
  )
  const events = createMessageEvents({ ...common, clock, webhooks: common.vendors.webhooks })
  const webhook = async (messageEvents: string[], messageClientId: string | null = null) => {
    const id = newId()
    const secret = writeSecret({ url: `${server.origin}/${id}`, key: KEY, previous: null })
    const sealed = await common.vault.seal(secret, channelBinding(id, 'webhook'))
    await database.db.notificationChannel.create({
      data: {
        id,
        kind: 'webhook',
        name: id,
        origin: server.origin,
        sealed,
        kid: common.vault.currentKid(),
        createdBy: 'x',
        createdAt: new Date(),
        updatedAt: new Date(),
        messageEvents,
        messageClientId,
      },
    })
    return id
  }
  const submit = async (clientId: string) => {
    const client = await it.submission.clients.read(clientId)
    if (!client) throw new Error('no client')
    const sent = await it.submission.submit({
      client,
      source: 'api',
      sender: 'scanner@contoso.example',
      recipients: ['anna@fabrikam.example'],
      bytes: checked('Subject: s\r\n\r\nx\r\n'),
      needsUtf8: false,
      arrival: { from: '[192.0.2.1]', by: 'console.contoso.example', protocol: 'HTTP' },
    })
    return sent.ok ? sent.value.id : ''
  }
  const submitMany = async (count: number) => {
    const { id } = await it.client()
    const messages: string[] = []
    while (messages.length < count) messages.push(await submit(id))
    return messages
  }
  const posts = () =>
    server.requests.map((request) => {
      const [head = '', body = ''] = request.split('\r\n\r\n')
      const [, channel] = /^POST \/(\S+)/.exec(head) ?? []
      return {
        head,
        body,
        channel,
        ...(JSON.parse(body) as { type: string; deliveryId: string; at: string; message: { id: string } }),
      }
    })
  const makeDue = async () => {
    await database.db.messageEvent.updateMany({ data: { nextAttemptAt: new Date(0) } })
    await database.db.notificationChannel.updateMany({ data: { eventsUntil: null } })
  }
  return { ...it, answers, warnings, events, webhook, submit, submitMany, posts, makeDue }
}

test('a webhook gets what it wants of the messages of its client, signed and in order, and nothing else', async () => {
  const it = await world()
  const { id: own } = await it.client({ name: 'Own' })
  const { id: other } = await it.client({ name: 'Other' })
  await it.webhook(['accepted', 'delivered'], own)
  await it.webhook(['failed'])
  const off = await it.webhook(['delivered'])
  await database.db.notificationChannel.update({ where: { id: off }, data: { enabled: false } })
  const id = await it.submit(own)
  await it.submit(other)
  const delivery = await it.outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => database.db.messageEvent.count()).toBe(2)
  expect(await messageEventIsDue(database.db, new Date())).toBe(true)
  expect(await it.events.deliver()).toBe(2)
  expect(await database.db.messageEvent.count()).toBe(0)
  const posts = it.posts()
  expect(posts.map(({ type, message }) => [type, message.id])).toEqual([
    ['message.accepted', id],
    ['message.delivered', id],
  ])
  for (const { head, body } of posts) {
    const [, timestamp = ''] = /postroom-timestamp: (\d+)/i.exec(head) ?? []
    const signature = createHmac('sha256', KEY).update(`${timestamp}.${body}`).digest('hex')
    expect(head.toLowerCase()).toContain(`postroom-signature: v1=${signature}`)
  }
})

test('an event that is not taken holds back those of its message only, and is repeated with the same id and time after a pause', async () => {
  const it = await world()
  const { id } = await it.client()
  await it.webhook(['accepted', 'delivered'])
  const [first, second] = [await it.submit(id), await it.submit(id)]
  const delivery = await it.outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => database.db.messageEvent.count()).toBe(4)
  it.answers.refusedId = first
  expect(await it.events.deliver()).toBe(2)
  const sentOf = () => it.posts().map(({ type, message }) => [type.split('.')[1], message.id])
  expect(sentOf().filter(([, message]) => message === second)).toEqual([
    ['accepted', second],
    ['delivered', second],
  ])
  expect(sentOf().filter(([, message]) => message === first)).toEqual([['accepted', first]])
  // The later event has its turn, but it waits for the earlier one.
  await database.db.notificationChannel.updateMany({ data: { eventsUntil: null } })
  expect(await messageEventIsDue(database.db, new Date())).toBe(false)
  it.answers.refusedId = ''
  await it.makeDue()
  expect(await it.events.deliver()).toBe(2)
  const posts = it.posts().filter(({ message }) => message.id === first)
  expect(posts.map(({ type }) => type)).toEqual(['message.accepted', 'message.accepted', 'message.delivered'])
  expect(posts[0]).toMatchObject({ deliveryId: posts[1]?.deliveryId, at: posts[1]?.at })
})

test('one webhook that takes nothing holds back no event of another, is asked less and less often, and no more once it is turned off', async () => {
  const it = await world()
  const { id } = await it.client()
  const [refusing, taking] = [await it.webhook(['accepted', 'delivered']), await it.webhook(['accepted', 'delivered'])]
  it.answers.refusedId = refusing
  await it.submit(id)
  const delivery = await it.outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => database.db.messageEvent.count()).toBe(4)
  expect(await it.events.deliver()).toBe(2)
  const typesAt = (channel: string) => it.posts().flatMap((post) => (post.channel === channel ? post.type : []))
  expect(typesAt(taking)).toEqual(['message.accepted', 'message.delivered'])
  for (const attempts of [1, 2]) {
    const waiting = await database.db.messageEvent.findMany({ orderBy: { id: 'asc' } })
    expect(waiting).toMatchObject([
      { channelId: refusing, event: 'accepted', attempts },
      { event: 'delivered', attempts: 0 },
    ])
    await it.makeDue()
    expect(await it.events.deliver()).toBe(0)
  }
  await it.makeDue()
  await database.db.notificationChannel.update({ where: { id: refusing }, data: { enabled: false } })
  expect(await messageEventIsDue(database.db, new Date())).toBe(false)
  await it.events.deliver()
  expect(typesAt(refusing)).toEqual(Array(3).fill('message.accepted'))
})

test('after a restore a delivery ID is not used again for another event, although its number is', async () => {
  const it = await world()
  const { id } = await it.client()
  await it.webhook(['accepted'])
  await it.submit(id)
  await it.events.deliver()
  await database.db.$executeRaw`ALTER SEQUENCE "MessageEvent_id_seq" RESTART`
  await it.submit(id)
  await it.events.deliver()
  expect(new Set(it.posts().map(({ deliveryId }) => deliveryId)).size).toBe(2)
})

/** Kept back until it is released. */
function gate() {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  return { released, release: () => release() }
}

test('a slow answer holds up neither the other messages of its webhook nor another webhook', async () => {
  const it = await world()
  const [slow, other] = [await it.webhook(['accepted']), await it.webhook(['accepted'])]
  const [first = ''] = await it.submitMany(12)
  const { released, release } = gate()
  it.answers.after = (request) => (request.includes(slow) && request.includes(first) ? released : null)
  const delivering = it.events.deliver()
  const waiting = (channelId: string) => database.db.messageEvent.count({ where: { channelId } })
  await expect.poll(() => waiting(slow)).toBe(1)
  await expect.poll(() => waiting(other)).toBe(0)
  release()
  expect(await delivering).toBe(24)
  expect(it.posts()).toHaveLength(24)
})

test('at most five events of a webhook are posted at the same time, and no other worker gets it before the last post may end', async () => {
  const it = await world()
  const id = await it.webhook(['accepted'])
  await it.submitMany(12)
  const { released, release } = gate()
  let [open, most] = [0, 0]
  it.answers.after = async () => {
    most = Math.max(most, ++open)
    await released
    open--
  }
  const delivering = it.events.deliver()
  await expect.poll(() => open).toBe(5)
  // A turn of 20 s, and a post of 20 s that begins at its end.
  expect(await claimWebhook(database.db, id, new Date(Date.now() + 40_000), new Date())).toBe(false)
  release()
  expect(await delivering).toBe(12)
  expect(most).toBe(5)
})

test('an event whose end cannot be recorded ends the delivery, and the webhook stays claimed until the other posts have ended', async () => {
  const it = await world()
  const channel = await it.webhook(['accepted'])
  const [bad = '', slow = ''] = await it.submitMany(2)
  await database.db.$executeRawUnsafe(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF OLD."messageId" = '${bad}' THEN RAISE 'not recorded'; END IF; RETURN OLD; END $$`)
  await database.db
    .$executeRaw`CREATE TRIGGER fail BEFORE DELETE ON "MessageEvent" FOR EACH ROW EXECUTE FUNCTION fail()`
  it.answers.after = (request) => (request.includes(slow) ? wait(300) : null)
  await expect(it.events.deliver()).rejects.toThrow('not recorded')
  expect(await database.db.messageEvent.findMany()).toMatchObject([{ messageId: bad }])
  expect(await database.db.notificationChannel.findUnique({ where: { id: channel } })).toMatchObject({
    eventsUntil: null,
  })
})

test('a receiver that takes some events does not rest, and one that takes none rests, also if it is a single one', async () => {
  const it = await world()
  const channel = await it.webhook(['accepted'])
  const [, refused = ''] = await it.submitMany(3)
  const isResting = async () =>
    (await database.db.notificationChannel.findUniqueOrThrow({ where: { id: channel } })).eventsUntil !== null
  it.answers.refusedId = refused
  expect([await it.events.deliver(), await isResting()]).toEqual([2, false])
  await it.makeDue()
  expect([await it.events.deliver(), await isResting()]).toEqual([0, true])
})

test('a receiver that takes every second event does not rest', async () => {
  const it = await world()
  const channel = await it.webhook(['accepted'])
  await it.submitMany(12)
  it.answers.after = () => {
    it.answers.status = it.posts().length % 2 ? 500 : 200
    return null
  }
  await it.events.deliver()
  expect(it.posts()).toHaveLength(12)
  expect(await database.db.notificationChannel.findUnique({ where: { id: channel } })).toMatchObject({
    eventsUntil: null,
  })
})

test('a receiver that takes the first event only gets a few more posts, and rests', async () => {
  const it = await world()
  const channel = await it.webhook(['accepted'])
  await it.submitMany(20)
  it.answers.heard = () => {
    if (it.posts().length > 1) it.answers.status = 500
  }
  expect(await it.events.deliver()).toBe(1)
  // Up to four others are under way when the first is taken.
  expect(it.posts().length).toBeLessThanOrEqual(10)
  const { eventsUntil } = await database.db.notificationChannel.findUniqueOrThrow({ where: { id: channel } })
  expect(eventsUntil).not.toBeNull()
})

test('a receiver that takes nothing gets a few posts, and rests', async () => {
  const it = await world()
  const channel = await it.webhook(['accepted'])
  const messages = await it.submitMany(12)
  it.answers.status = 500
  expect(await it.events.deliver()).toBe(0)
  expect(await it.events.deliver()).toBe(0)
  // The oldest ones.
  expect(it.posts().map(({ message }) => message.id)).toEqual(expect.arrayContaining(messages.slice(0, 5)))
  expect(it.posts()).toHaveLength(5)
  expect(await messageEventIsDue(database.db, new Date())).toBe(false)
  expect(await database.db.notificationChannel.findUniqueOrThrow({ where: { id: channel } })).toMatchObject({
    lastFault: { code: 'http-status' },
  })
  it.answers.status = 204
  await it.makeDue()
  expect(await it.events.deliver()).toBe(12)
  expect(await database.db.notificationChannel.findUnique({ where: { id: channel } })).toMatchObject({
    lastFault: null,
  })
})

test('an event that is not taken waits for its pause, and longer if the receiver asks for it, up to ten minutes', async () => {
  const it = await world()
  const { id } = await it.client()
  await it.webhook(['accepted'])
  await it.submit(id)
  it.answers.status = 503
  const pauses: number[] = []
  for (const retryAfter of ['0', '0', '90', '86400']) {
    it.answers.retryAfter = retryAfter
    const at = Date.now()
    expect(await it.events.deliver()).toBe(0)
    const { nextAttemptAt } = await database.db.messageEvent.findFirstOrThrow()
    pauses.push(nextAttemptAt.getTime() - at)
    await it.makeDue()
  }
  // Besides the pause it took as long as the post.
  expect(pauses.map((ms, at) => ms >= ([10, 20, 90, 600][at] ?? 0) * 1_000)).toEqual([true, true, true, true])
  expect(pauses.map((ms, at) => ms < ([20, 40, 110, 630][at] ?? 0) * 1_000)).toEqual([true, true, true, true])
})

test('an event that waits is not passed on once its webhook does not want its kind any more', async () => {
  const it = await world()
  const { id } = await it.client()
  await it.webhook(['accepted'])
  await it.submit(id)
  await database.db.notificationChannel.updateMany({ data: { messageEvents: ['failed'] } })
  await it.events.deliver()
  expect(it.posts()).toEqual([])
  expect(await database.db.messageEvent.count()).toBe(0)
})

test('an event that waits is not passed on once its webhook is for another client', async () => {
  const it = await world()
  const { id: other } = await it.client({ name: 'Other' })
  await it.webhook(['accepted'])
  await it.submitMany(1)
  await database.db.notificationChannel.updateMany({ data: { messageClientId: other } })
  await it.events.deliver()
  expect(it.posts()).toEqual([])
  expect(await database.db.messageEvent.count()).toBe(0)
})

test.each([
  [
    'switched off',
    (id: string) => database.db.notificationChannel.update({ where: { id }, data: { enabled: false } }),
    7,
  ],
  ['removed', (id: string) => database.db.notificationChannel.delete({ where: { id } }), 0],
])(
  'a webhook that is %s while its events are delivered gets no post after those under way',
  async (_, act, waiting) => {
    const it = await world()
    const channel = await it.webhook(['accepted'])
    await it.submitMany(12)
    const { released, release } = gate()
    let open = 0
    it.answers.after = () => {
      open++
      return released
    }
    const delivering = it.events.deliver()
    await expect.poll(() => open).toBe(5)
    await act(channel)
    release()
    expect(await delivering).toBe(5)
    expect(it.posts()).toHaveLength(5)
    expect(await database.db.messageEvent.count()).toBe(waiting)
  },
)

test('one of two workers delivers the events of a webhook', async () => {
  const it = await world()
  await it.webhook(['accepted'])
  await it.submitMany(5)
  const counts = await Promise.all([it.events.deliver(), it.events.deliver()])
  expect(counts.reduce((sum, count) => sum + count)).toBe(5)
  expect(it.posts()).toHaveLength(5)
})

test('a worker that is late does not end the claim of another', async () => {
  const it = await world()
  const id = await it.webhook(['accepted'])
  const [now, until, laterUntil] = [0, 60_000, 180_000].map((ms) => new Date(Date.now() + ms)) as [Date, Date, Date]
  expect(await claimWebhook(database.db, id, now, until)).toBe(true)
  const later = new Date(until.getTime() + 1)
  expect(await claimWebhook(database.db, id, later, laterUntil)).toBe(true)
  await releaseWebhook(database.db, id, until, null)
  expect(await claimWebhook(database.db, id, later, laterUntil)).toBe(false)
  await releaseWebhook(database.db, id, laterUntil, null)
  expect(await claimWebhook(database.db, id, later, laterUntil)).toBe(true)
})

test('R-11 a worker that stops ends after the posts that are under way, so that none is repeated and no webhook stays claimed', async () => {
  const it = await world()
  const channel = await it.webhook(['accepted'])
  await it.submitMany(6)
  const stopping = new AbortController()
  it.answers.heard = () => stopping.abort()
  expect(await it.events.deliver(stopping.signal)).toBe(5)
  expect(it.posts()).toHaveLength(5)
  expect(await database.db.messageEvent.count()).toBe(1)
  const { eventsUntil } = await database.db.notificationChannel.findUniqueOrThrow({ where: { id: channel } })
  expect(eventsUntil).toBeNull()
})

test.each([4 * DAY_MS, -HOUR_MS])(
  'R-15 a machine whose clock is ahead by %i ms delivers events by the database’s time',
  async (ms) => {
    const it = await world(ms)
    const { id } = await it.client()
    await it.webhook(['accepted'])
    await it.submit(id)
    expect(await it.events.deliver()).toBe(1)
  },
)

/** The events that wait for a webhook whose receiver takes none: each of another message. */
async function waitFor(channelId: string, count: number): Promise<void> {
  const at = new Date()
  const event = { channelId, event: 'failed', at, nextAttemptAt: at }
  const data = Array.from({ length: count }, () => ({ ...event, messageId: newId() }))
  await database.db.messageEvent.createMany({ data })
}

/** How many events are read by this. */
const readBy = (act: (tx: Tx) => Promise<unknown>): Promise<number> =>
  database.db.$transaction(async (tx) => {
    await act(tx)
    const [row] = await tx.$queryRaw<{ count: number }[]>`
      SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS "count" FROM pg_stat_xact_user_tables
      WHERE relname = 'MessageEvent'`
    return row?.count ?? 0
  })

test('to bound how many events wait for a receiver that takes none, each of them is read a few times, and one of another webhook stays', async () => {
  const it = await world()
  const ofOther = { channelId: await it.webhook(['failed']) }
  await waitFor(ofOther.channelId, 1)
  await waitFor(await it.webhook(['failed']), 1_000)
  const read = await readBy(async (tx) => expect(await dropOldEvents(tx, new Date(0), 900)).toBe(100))
  expect(read).toBeGreaterThan(1_000)
  expect(read).toBeLessThan(10_000)
  expect(await database.db.messageEvent.count({ where: ofOther })).toBe(1)
})

test('what waits for a receiver that takes none is not read to find what another one gets', async () => {
  const it = await world()
  const [dead, own] = [await it.webhook(['failed']), await it.webhook(['failed'])]
  await waitFor(dead, 3_000)
  await waitFor(own, 1_000)
  await database.db.$executeRaw`ANALYZE "MessageEvent"`
  const now = new Date(Date.now() + HOUR_MS)
  const list = async (tx: Tx) => expect(await listEvents(tx, own, now, 5)).toHaveLength(5)
  expect(await readBy(list)).toBeLessThan(50)
  const claimed = { where: { id: { in: [dead, own] } }, data: { eventsUntil: new Date(Date.now() + DAY_MS) } }
  await database.db.notificationChannel.updateMany(claimed)
  expect(await readBy(async (tx) => expect(await messageEventIsDue(tx, now)).toBe(false))).toBeLessThan(50)
})

test('an event is dropped after three days, which the log says, and a webhook that is turned off gets none', async () => {
  const it = await world()
  const channel = await it.webhook(['accepted'])
  const { id } = await it.client()
  const messages = [await it.submit(id), await it.submit(id)]
  it.answers.status = 500
  for (const [nth, ms] of [3 * DAY_MS + HOUR_MS, 3 * DAY_MS - HOUR_MS].entries())
    await database.db.messageEvent.updateMany({
      where: { messageId: messages[nth] ?? '' },
      data: { at: new Date(Date.now() - ms) },
    })
  await it.events.deliver()
  expect(await database.db.messageEvent.findMany()).toMatchObject([{ messageId: messages[1] }])
  expect(it.warnings).toEqual([
    { event: expect.stringMatching(/^events of messages were dropped/), fields: { count: 1 } },
  ])
  await database.db.notificationChannel.update({ where: { id: channel }, data: { enabled: false } })
  await it.submit(id)
  expect(await database.db.messageEvent.count()).toBe(1)
  expect(it.posts()).toHaveLength(1)
})

test('what waits for a webhook is counted, with when the oldest of it is dropped', async () => {
  const it = await world()
  const [own, other, idle] = [await it.webhook(['failed']), await it.webhook(['failed']), await it.webhook(['failed'])]
  await waitFor(other, 1)
  await waitFor(own, 3)
  const [, second] = await database.db.messageEvent.findMany({ where: { channelId: own }, orderBy: { id: 'asc' } })
  const at = new Date(Date.now() - DAY_MS)
  await database.db.messageEvent.update({ where: { id: second?.id ?? 0n }, data: { at } })
  const waiting = await it.events.waiting([own, idle])
  expect([...waiting]).toEqual([[own, { count: 3, until: new Date(at.getTime() + 3 * DAY_MS) }]])
})

test('of more than 100,000 events that wait for a webhook the oldest are dropped', async () => {
  const it = await world()
  const id = await it.webhook(['failed'])
  await waitFor(id, 1)
  const oldest = await database.db.messageEvent.findFirstOrThrow()
  await database.db.$executeRaw`
    INSERT INTO "MessageEvent" ("channelId", "messageId", "event", "at", "nextAttemptAt")
    SELECT ${id}::uuid, gen_random_uuid(), 'failed', now(), now() FROM generate_series(1, 100000)`
  await database.db.notificationChannel.update({ where: { id }, data: { enabled: false } })
  await it.events.deliver()
  expect(await database.db.messageEvent.count()).toBe(100_000)
  expect(await database.db.messageEvent.findUnique({ where: { id: oldest.id } })).toBeNull()
})

test('pauses double up to an hour', () => {
  expect([1, 2, 3, 9, 10, 50].map(pauseAfter)).toEqual([10_000, 20_000, 40_000, 2_560_000, 3_600_000, 3_600_000])
})
