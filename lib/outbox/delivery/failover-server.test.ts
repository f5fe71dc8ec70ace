import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller, mailServersOf } from '../../../tests/support/mail-server'
import { aMessage, outboxAt, SERVER_ID } from '../../../tests/support/outbox'
import { savePolicyRules } from '../../../tests/support/saved-policy'
import { type Act, startSmtp } from '../../../tests/support/servers'
import { stateOfMail } from '../../mail-server/status'
import { readDeliveryHealth } from '../../mail-server/store/pauses'
import { listServers } from '../../mail-server/store/servers'
import { insertMessages } from '../store/insert'
import { AFTER_PROBE_MS } from './scheduler'

const FAILOVER = '00000000-0000-4000-8000-000000000002'
const FAILOVER_SENDER = 'backup@contoso.example'
/** How long a step may take is the machine's affair: a poll ends as soon as it is true. */
const TIMEOUT = { timeout: 60_000 }
vi.setConfig({ testTimeout: 120_000 })

const database = databaseOfEach()

type Step = (line: string) => Act
const works: Step = () => null
/** The server accepts no connection. */
const down: Step = (line) => (line === 'GREETING' ? (socket) => socket.destroy() : null)
/** As `down`, and open connections are cut as well. */
const gone: Step = (line) => (line === 'GREETING' || line.startsWith('MAIL') ? (socket) => socket.destroy() : null)
/** A person must fix it. */
const refused: Step = (line) => (line.startsWith('MAIL') ? '530 5.7.57 Client not authenticated to send mail' : null)
const lostAfterDot: Step = (line) => (line === 'MESSAGE' ? (socket) => socket.destroy() : null)
const saysTo =
  (reply: string): Step =>
  (line) =>
    line.startsWith('RCPT') ? reply : null

/** A mail server whose behaviour a test can change, with the messages that it accepted. */
async function aServer(first: Step) {
  const accepted: string[] = []
  const its = { does: first, accepted }
  const smtp = await startSmtp({
    security: 'none',
    act(line) {
      const said = its.does(line)
      // If the connection breaks after the final dot, the server may have accepted the message.
      if (line === 'MESSAGE' && (said === null || typeof said === 'function')) accepted.push(smtp.messages.at(-1) ?? '')
      return said
    },
  })
  onTestFinished(() => smtp.close())
  return Object.assign(its, { smtp })
}

const idOf = (text: string): string => /^Message-ID: (\S+)/m.exec(text)?.[1] ?? ''

/** The default mail server, and a second one that is its failover server. */
async function world({ first = works, failover = works }: { first?: Step; failover?: Step } = {}) {
  const [one, two] = [await aServer(first), await aServer(failover)]
  const settings = { senderAddress: FAILOVER_SENDER }
  const outbox = await outboxAt({
    database,
    port: one.smtp.port,
    otherServers: { [FAILOVER]: { port: two.smtp.port, settings } },
  })
  const setFailover = (id: string, failoverId: string | null) =>
    mailServersOf(database).setFailover(caller, { id, from: null, failoverId })
  expect(await setFailover(SERVER_ID, FAILOVER)).toEqual({ ok: true })
  const { message, mailServer } = database.db
  const row = (id: string) => message.findUniqueOrThrow({ where: { id } })
  const server = (id: string) => mailServer.findUniqueOrThrow({ where: { id } })
  return {
    one,
    two,
    outbox,
    setFailover,
    row,
    server,
    async accept(originator: string | null = null, recipients?: string[]) {
      const mail = await aMessage('a mail', recipients)
      const accepted = await outbox.accept({ ...mail, originator })
      if (!accepted.ok) throw new Error(accepted.error)
      return accepted.value.id
    },
    async start() {
      const delivery = await outbox.deliver()
      onTestFinished(() => delivery.stop(1_000))
    },
    ends: (id: string, state: string) => expect.poll(async () => (await row(id)).state, TIMEOUT).toBe(state),
    /** Makes all messages and probes due. */
    async retryNow() {
      await mailServer.updateMany({ data: { retryNowCount: { increment: 1 } } })
      await mailServer.updateMany({ where: { pausedBy: 'diagnosis' }, data: { nextProbeAt: new Date(0) } })
      await message.updateMany({ where: { state: 'queued' }, data: { dueAt: new Date() } })
      await outbox.wake()
    },
  }
}

test('a server is down: its messages leave at once through its failover server from that server’s sender, and the log says why', async () => {
  const { one, two, outbox, accept, start, ends, server } = await world({ first: down })
  const ids = [await accept(), await accept(), await accept()]
  await start()
  for (const id of ids) await ends(id, 'delivered')
  expect(one.accepted).toEqual([])
  expect(two.accepted).toHaveLength(3)
  expect(two.accepted[0]).toContain(`From: Contoso <${FAILOVER_SENDER}>`)
  const tried = await Promise.all(ids.map((id) => outbox.message(id)))
  expect(two.accepted.map(idOf).sort()).toEqual(tried.map((each) => each?.messageId).sort())
  const [last, before] = tried.find((each) => (each?.attempts.length ?? 0) > 1)?.attempts ?? []
  expect(before).toMatchObject({ mailServerId: SERVER_ID, outcome: 'failed', code: 'connection-lost' })
  expect(last).toMatchObject({
    mailServerId: FAILOVER,
    outcome: 'accepted',
    decision: { from: FAILOVER_SENDER, backupFor: 'Mail server', because: 'connection-lost' },
  })
  expect(await server(SERVER_ID)).toMatchObject({ pausedBy: 'diagnosis', pauseIsOwn: true })
  expect((await listServers(database.db)).map(({ failover }) => failover)).toEqual([FAILOVER, null])
})

test('the status is Failover while the failover server delivers, and Failing when that fails as well', async () => {
  const { two, outbox, accept, start, ends, retryNow } = await world({ first: down })
  const state = async () =>
    stateOfMail({
      configured: true,
      unreadable: false,
      verified: true,
      secretExpiresAt: null,
      latestRun: null,
      now: new Date(),
      credential: { refused: true, fallbackUntil: null, expiringWithinDays: 30 },
      delivery: await readDeliveryHealth(database.db, SERVER_ID, 1),
    })
  expect(await state()).toBe('failing')
  const id = await accept()
  await start()
  await ends(id, 'delivered')
  expect(await state()).toBe('failover')
  two.does = gone
  await accept()
  await retryNow()
  await expect.poll(state, TIMEOUT).toBe('failing')
  two.does = works
  await retryNow()
  await expect.poll(state, TIMEOUT).toBe('failover')
  expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  expect(await state()).toBe('off')
})

test('a server works again: the next probe succeeds, and messages leave through it as before', async () => {
  const { one, two, outbox, accept, start, ends, retryNow, server } = await world({ first: down })
  const away = await accept()
  await start()
  await ends(away, 'delivered')
  one.does = works
  // Before the message exists: otherwise it might move to the failover server first, and nothing would probe the server.
  await retryNow()
  const next = await accept()
  await ends(next, 'delivered')
  await expect.poll(async () => (await server(SERVER_ID)).pausedAt, TIMEOUT).toBeNull()
  const after = await accept()
  await ends(after, 'delivered')
  const byFirst = one.accepted.map(idOf)
  expect(byFirst).toContain((await outbox.message(after))?.messageId)
  expect(two.accepted).toHaveLength(3 - byFirst.length)
  const details = (await database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })).map(({ action }) => action)
  expect(details).toEqual(['mail-server.backup', 'mail-server.pause', 'mail-server.resume'])
})

async function sendFabrikamByFailover(): Promise<void> {
  const outcome = { verdict: 'allow', sender: null, individual: false, server: FAILOVER } as const
  const recipients = [{ kind: 'domain', domain: 'fabrikam.example' }] as const
  const rule = { id: 'fabrikam', name: 'Fabrikam', enabled: true, senders: [], recipients: [...recipients], outcome }
  await savePolicyRules(database.db, { otherwise: 'allow', rules: [rule] })
}

test('each recipient of a message for a server that is down and for its failover server is reached once, from the sender of its server', async () => {
  const { one, two, accept, start, ends } = await world({ first: down })
  await sendFabrikamByFailover()
  const ids = []
  for (const at of [1, 2, 3])
    ids.push(await accept('person@contoso.example', [`a${at}@fabrikam.example`, `b${at}@adatum.example`]))
  await start()
  for (const id of ids) await ends(id, 'delivered')
  const reached = two.smtp.commands.filter((line) => line.startsWith('RCPT'))
  expect(reached.sort()).toEqual(
    [...'ab'].flatMap((name) =>
      [1, 2, 3].map((at) => `RCPT TO:<${name}${at}@${name === 'a' ? 'fabrikam' : 'adatum'}.example>`),
    ),
  )
  expect(one.accepted).toEqual([])
  const accepted = await database.db.attempt.findMany({ where: { outcome: 'accepted' } })
  const backups = accepted.map(({ decision }) => (decision as { backupFor?: string }).backupFor)
  expect(backups.filter((name) => name === 'Mail server')).toHaveLength(3)
  expect([backups.length, await database.db.otherQueue.count()]).toEqual([6, 0])
})

test.each([
  ['accepts, although a person has paused the server that is down', works, 'delivered'],
  ['rejects', saysTo('550 5.1.1 No such user'), 'failed'],
] as const)(
  'a recipient of the failover server itself that it defers and then %s does not wait for the server that is down',
  async (_, then, state) => {
    const { one, two, outbox, accept, start, ends, row, retryNow } = await world({
      first: down,
      failover: (line) => (line.startsWith('RCPT TO:<a') ? '451 4.3.0 later' : null),
    })
    await sendFabrikamByFailover()
    const id = await accept('person@contoso.example', ['a@fabrikam.example', 'b@adatum.example'])
    await start()
    const now = async () => [two.accepted.length, (await row(id)).state, await database.db.otherQueue.count()]
    await expect.poll(now, TIMEOUT).toEqual([1, 'queued', 0])
    expect(await row(id)).toMatchObject({ mailServerId: FAILOVER, movedFromId: null })
    expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
    two.does = then
    await retryNow()
    await ends(id, state)
    expect(one.accepted).toEqual([])
  },
)

test('a message that is to probe a paused server is not moved away before it is claimed', async () => {
  const { one, two, outbox, accept, start, ends, retryNow, row, server } = await world({ first: down })
  const moved = await accept()
  await start()
  await ends(moved, 'delivered')
  one.does = works
  const prepared = await outbox.prepare(await aMessage('a probe'))
  if (!prepared.ok) throw new Error(prepared.error)
  const { db } = database
  // A claim reads the newest policy revision, and waits as long as the table is locked. Looking for messages to move does not.
  await db.$transaction(
    async (tx) => {
      await tx.$executeRaw`LOCK TABLE "PolicyRevision" IN ACCESS EXCLUSIVE MODE`
      await retryNow()
      await insertMessages(db, [prepared.value])
      await outbox.wake()
      const isProbed = async () => ((await server(SERVER_ID)).nextProbeAt?.getTime() ?? 0) > Date.now()
      await expect.poll(isProbed, TIMEOUT).toBe(true)
      await pause(4 * AFTER_PROBE_MS)
      expect(await row(prepared.value.id)).toMatchObject({ mailServerId: SERVER_ID, state: 'queued' })
    },
    { timeout: 60_000 },
  )
  await ends(prepared.value.id, 'delivered')
  expect(one.accepted).toHaveLength(1)
  expect(two.accepted).toHaveLength(1)
})

test('a permission is refused: the failover server takes over, and messages that still wait there return when the pause ends', async () => {
  const { one, two, outbox, accept, start, ends, row, retryNow, server } = await world({
    first: refused,
    failover: saysTo('451 4.3.0 later'),
  })
  const id = await accept()
  await start()
  await expect
    .poll(() => row(id), TIMEOUT)
    .toMatchObject({ mailServerId: FAILOVER, movedFromId: SERVER_ID, attemptCount: 1 })
  expect(await server(SERVER_ID)).toMatchObject({ pauseCode: 'not-authenticated', pauseIsOwn: true })
  one.does = works
  expect(await outbox.resumeServer(caller, SERVER_ID)).toBe(true)
  await retryNow()
  await ends(id, 'delivered')
  expect(await row(id)).toMatchObject({ mailServerId: SERVER_ID, movedFromId: null })
  expect([one.accepted.length, two.accepted.length]).toEqual([1, 0])
})

test('F-35 a message with an unknown outcome does not move, neither to a failover server nor back', async () => {
  const { one, two, accept, start, ends, row, retryNow, outbox } = await world({ first: lostAfterDot })
  const atFirst = await accept()
  await start()
  await expect
    .poll(() => row(atFirst), TIMEOUT)
    .toMatchObject({ attemptCount: 1, mayBeDuplicate: true, state: 'queued' })
  one.does = down
  two.does = lostAfterDot
  await retryNow()
  await expect.poll(async () => (await outbox.message(atFirst))?.attempts.length, TIMEOUT).toBe(2)
  const atBackup = await accept()
  await expect.poll(() => row(atBackup), TIMEOUT).toMatchObject({ mayBeDuplicate: true, movedFromId: SERVER_ID })
  one.does = works
  expect(await outbox.resumeServer(caller, SERVER_ID)).toBe(true)
  two.does = works
  await retryNow()
  for (const id of [atFirst, atBackup]) await ends(id, 'delivered')
  const [first, second] = [(await row(atFirst)).messageId, (await row(atBackup)).messageId]
  expect(one.accepted.map(idOf)).toEqual([first, first])
  expect(two.accepted.map(idOf)).toEqual([second, second])
})

test.each([
  ['the refusal of a recipient', '550 5.1.1 unknown', 'failed'],
  ['a delay of a recipient', '450 4.2.1 later', 'queued'],
] as const)('%s does not move a message to the failover server', async (_, reply, state) => {
  const { two, accept, start, row } = await world({ first: saysTo(reply) })
  const id = await accept()
  await start()
  await expect.poll(() => row(id), TIMEOUT).toMatchObject({ attemptCount: 1, state, mailServerId: SERVER_ID })
  expect(two.smtp.commands).toEqual([])
})

test('a refusal by the failover server is not final: the message waits for its own mail server', async () => {
  const { one, two, outbox, accept, start, ends, row, retryNow } = await world({
    first: down,
    failover: saysTo('550 5.7.64 TenantAttribution; Relay Access Denied'),
  })
  const id = await accept()
  await start()
  await expect.poll(() => row(id), TIMEOUT).toMatchObject({ failoverRejected: true, mailServerId: SERVER_ID })
  expect(await row(id)).toMatchObject({ state: 'queued', movedFromId: null, lastCode: 'relay-denied', attemptCount: 1 })
  // The paused server is probed with it, which does not count as an attempt, so it is delivered as soon as the server works.
  await retryNow()
  await expect.poll(async () => (await outbox.message(id))?.attempts.length, TIMEOUT).toBe(3)
  await expect.poll(() => row(id), TIMEOUT).toMatchObject({ state: 'queued', attemptCount: 1 })
  expect((await row(id)).dueAt.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
  one.does = works
  await retryNow()
  await ends(id, 'delivered')
  expect(one.accepted).toHaveLength(1)
  expect(two.accepted).toEqual([])
})

test('two servers are each other’s failover server and both are down: messages wait at their own server and are delivered once', async () => {
  const { one, two, accept, start, ends, row, retryNow, setFailover, server } = await world({
    first: down,
    failover: down,
  })
  expect((await setFailover(FAILOVER, SERVER_ID)).ok).toBe(true)
  const ids = [await accept(), await accept(), await accept()]
  await start()
  await expect.poll(async () => (await server(FAILOVER)).pausedBy, TIMEOUT).toBe('diagnosis')
  for (const id of ids)
    await expect.poll(() => row(id), TIMEOUT).toMatchObject({ mailServerId: SERVER_ID, movedFromId: null })
  one.does = works
  two.does = works
  await retryNow()
  for (const id of ids) await ends(id, 'delivered')
  expect(one.accepted).toHaveLength(3)
  expect(two.accepted).toEqual([])
})

test('nothing moves to a failover server that a person paused, nor away from a mail server that a person paused', async () => {
  const { two, outbox, accept, start, ends, row, server, retryNow } = await world({ first: down })
  expect(await outbox.pauseServer(caller, FAILOVER)).toBe(true)
  const id = await accept()
  await start()
  await expect.poll(async () => (await server(SERVER_ID)).pausedBy, TIMEOUT).toBe('diagnosis')
  await expect.poll(() => row(id), TIMEOUT).toMatchObject({ mailServerId: SERVER_ID, state: 'queued' })
  expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  expect(await outbox.resumeServer(caller, FAILOVER)).toBe(true)
  await retryNow()
  expect(await server(SERVER_ID)).toMatchObject({ pauseIsOwn: false })
  expect((await listServers(database.db)).map(({ failover }) => failover)).toEqual([null, null])
  expect(await row(id)).toMatchObject({ mailServerId: SERVER_ID, state: 'queued' })
  expect(two.smtp.commands).toEqual([])
  await outbox.resumeServer(caller, SERVER_ID)
  await ends(id, 'delivered')
})

test('F-54 a failover server whose settings cannot be read gets no messages: they return and wait', async () => {
  const { one, accept, start, ends, row, server, retryNow } = await world({ first: down })
  await database.db.mailServer.update({ where: { id: FAILOVER }, data: { settings: { type: 'pigeon' } } })
  const id = await accept()
  await start()
  await expect.poll(async () => (await server(FAILOVER)).pauseCode, TIMEOUT).toBe('settings-incomplete')
  await expect
    .poll(() => row(id), TIMEOUT)
    .toMatchObject({ mailServerId: SERVER_ID, movedFromId: null, state: 'queued' })
  one.does = works
  await retryNow()
  await ends(id, 'delivered')
})

test('the rules decide again at the failover server: a sender of a rule is used, an individual address becomes Reply-To', async () => {
  const { one, two, outbox, accept, start, ends } = await world({ first: down })
  const rule = (name: string, recipients: string, outcome: object) => ({
    id: name,
    name,
    enabled: true,
    senders: [],
    recipients: [{ kind: 'domain' as const, domain: recipients }],
    outcome: { verdict: 'allow' as const, sender: null, individual: false, server: null, ...outcome },
  })
  const sender = { address: 'billing@contoso.example', name: 'Billing' }
  const rules = {
    otherwise: 'decline' as const,
    rules: [rule('own', 'fabrikam.example', { sender }), rule('people', 'litware.example', { individual: true })],
  }
  await savePolicyRules(database.db, rules)
  const id = await accept('person@contoso.example', ['a@fabrikam.example', 'b@litware.example', 'c@adatum.example'])
  await start()
  await ends(id, 'delivered')
  expect(one.accepted).toEqual([])
  expect(two.accepted[0]).toContain('From: Billing <billing@contoso.example>')
  expect(two.accepted[1]).toContain(`From: Contoso <${FAILOVER_SENDER}>`)
  expect(two.accepted[1]).toContain('Reply-To: person@contoso.example')
  const detail = await outbox.message(id)
  expect(detail?.to.map(({ state }) => state)).toEqual(['delivered', 'delivered', 'declined'])
  expect(detail?.attempts.map(({ decision }) => decision.note ?? null)).toContain('page-forbids')
})

/** Behaviours of a mail server. */
const WAYS: readonly Step[] = [
  ...[works, down, refused, lostAfterDot, saysTo('450 4.2.1 later')],
  (line) => (line === 'GREETING' ? '421 4.3.2 Service not available' : null),
  (line) => (line === 'MESSAGE' ? '554 5.6.0 content refused' : null),
]

test('whatever two servers do, no message is accepted by both, none twice unless its outcome was unknown, and none is lost', async () => {
  const { one, two, accept, start, retryNow, setFailover } = await world()
  expect((await setFailover(FAILOVER, SERVER_ID)).ok).toBe(true)
  await start()
  /** How many messages can still be attempted under the behaviours of this turn. */
  const tried = async () => {
    const [row] = await database.db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM "Message" m JOIN "MailServer" s ON s."id" = m."mailServerId"
      WHERE m."state" = 'sending' OR (m."state" = 'queued' AND m."dueAt" <= now() AND (s."pausedAt" IS NULL OR s."nextProbeAt" <= now()))`
    return row?.count
  }
  const way = fc.nat(WAYS.length - 1)
  const turns = fc.array(fc.tuple(way, way), { minLength: 2, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(turns, async (ways) => {
      const ids = await Promise.all(Array.from({ length: 4 }, () => accept()))
      for (const [first, second] of ways) {
        one.does = WAYS[first] ?? works
        two.does = WAYS[second] ?? works
        await retryNow()
        await expect.poll(tried, TIMEOUT).toBe(0)
      }
      one.does = works
      two.does = works
      const open = { id: { in: ids }, state: { in: ['queued', 'sending'] } }
      const left = async () => {
        await retryNow()
        return database.db.message.count({ where: open })
      }
      await expect.poll(left, TIMEOUT).toBe(0)
      for (const { messageId, mayBeDuplicate, state } of await database.db.message.findMany({
        where: { id: { in: ids } },
      })) {
        const [byFirst = 0, byFailover = 0] = [one, two].map(
          ({ accepted }) => accepted.filter((text) => idOf(text) === messageId).length,
        )
        expect(Math.min(byFirst, byFailover), 'accepted by both').toBe(0)
        expect(byFirst + byFailover <= 1 || mayBeDuplicate, 'accepted twice and not marked').toBe(true)
        expect(byFirst + byFailover > 0 || state === 'failed', 'lost').toBe(true)
      }
    }),
    {
      numRuns: process.env.SOAK ? 15 : 5,
      examples: [
        [
          [
            [3, 0],
            [1, 0],
            [0, 0],
          ],
        ],
        [
          [
            [1, 3],
            [1, 1],
            [0, 0],
          ],
        ],
      ],
    },
  )
}, 180_000)
