import { expect, onTestFinished, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller, mailServersOf } from '../../../tests/support/mail-server'
import { aMessage, outboxAt, SENDER, SERVER_ID } from '../../../tests/support/outbox'
import { savePolicyRules } from '../../../tests/support/saved-policy'
import { type SmtpScript, startSmtp } from '../../../tests/support/servers'
import { HOUR_MS } from '../../kernel'
import { makeProbesDue } from '../../mail-server/store/pauses'
import { listServers } from '../../mail-server/store/servers'
import type { PolicyRules } from '../../policy'
import { newestRevision } from '../../policy/store'

const SECOND = '00000000-0000-4000-8000-000000000002'

const database = databaseOfEach()

/** Two mail servers, the first one the default. */
async function world({ first = {}, second = {} }: { first?: SmtpScript; second?: SmtpScript } = {}) {
  const [one, two] = await Promise.all([
    startSmtp({ security: 'none', ...first }),
    startSmtp({ security: 'none', ...second }),
  ])
  onTestFinished(() => one.close())
  onTestFinished(() => two.close())
  const settings = { senderAddress: 'second@contoso.example' }
  const servers = { database, port: one.port, otherServers: { [SECOND]: { port: two.port, settings } } }
  // As in two processes: what one has looked up a moment ago, the other has not.
  const [outbox, worker] = [await outboxAt(servers), await outboxAt(servers)]
  return {
    one,
    two,
    outbox,
    async accept(originator: string | null = null, recipients?: string[]) {
      const accepted = await outbox.accept({ ...(await aMessage('a mail', recipients)), originator })
      if (!accepted.ok) throw new Error(accepted.error)
      return accepted.value.id
    },
    async start() {
      const delivery = await worker.deliver()
      onTestFinished(() => delivery.stop(1_000))
    },
    ends: (id: string, state: string) =>
      expect.poll(async () => (await outbox.message(id))?.state, { timeout: 15_000 }).toBe(state),
  }
}

async function makeDefault(id: string): Promise<void> {
  expect(await mailServersOf(database).makeDefault(caller, id)).toEqual({ ok: true })
}

test('after a change of the default server, waiting messages leave through the new one from its sender', async () => {
  const { one, two, accept, start, ends } = await world()
  const id = await accept()
  expect(await database.db.message.findUniqueOrThrow({ where: { id } })).toMatchObject({ mailServerId: SERVER_ID })
  await makeDefault(SECOND)
  await start()
  await ends(id, 'delivered')
  expect(one.messages).toEqual([])
  expect(two.messages).toHaveLength(1)
  expect(two.messages[0]).toContain('From: Contoso <second@contoso.example>')
  expect(await database.db.attempt.findMany({ select: { mailServerId: true } })).toEqual([{ mailServerId: SECOND }])
})

test('while a person pauses one server, messages of the other are delivered', async () => {
  const { one, two, outbox, accept, start, ends } = await world()
  expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  const waiting = await accept()
  await makeDefault(SECOND)
  await expect
    .poll(async () => (await listServers(database.db)).map(({ pause }) => pause !== null))
    .toEqual([false, true])
  await start()
  await expect
    .poll(async () => {
      const id = await accept()
      return (await database.db.message.findUniqueOrThrow({ where: { id } })).mailServerId
    })
    .toBe(SECOND)
  await expect.poll(() => two.messages.length).toBeGreaterThan(0)
  expect(one.messages).toEqual([])
  expect((await outbox.message(waiting))?.state).toBe('queued')
  expect(await outbox.resumeServer(caller, SERVER_ID)).toBe(true)
  await ends(waiting, 'delivered')
  expect(one.messages).toEqual([])
})

/** Mail to Fabrikam by the second one. */
const PICKS: PolicyRules = {
  otherwise: 'allow',
  rules: [
    {
      id: 'fabrikam',
      name: 'Fabrikam',
      enabled: true,
      senders: [],
      recipients: [{ kind: 'domain', domain: 'fabrikam.example' }],
      outcome: { verdict: 'allow', sender: null, individual: false, server: SECOND },
    },
  ],
}

const saveRules = (rules: PolicyRules, after = 0) => savePolicyRules(database.db, rules, after)

test('a rule chooses the mail server, and each recipient is reached through its server from that server’s sender', async () => {
  const { one, two, outbox, accept, start, ends } = await world()
  expect((await saveRules(PICKS)).ok).toBe(true)
  const id = await accept('person@contoso.example', ['a@fabrikam.example', 'b@adatum.example', 'c@fabrikam.example'])
  expect((await outbox.message(id))?.mailServerId).toBe(SECOND)
  await start()
  await ends(id, 'delivered')
  const rcpt = (commands: readonly string[]) => commands.filter((line) => line.startsWith('RCPT'))
  expect(rcpt(two.commands)).toEqual(['RCPT TO:<a@fabrikam.example>', 'RCPT TO:<c@fabrikam.example>'])
  expect(rcpt(one.commands)).toEqual(['RCPT TO:<b@adatum.example>'])
  expect(two.messages[0]).toContain('From: Contoso <second@contoso.example>')
  expect(one.messages[0]).toContain(`From: Contoso <${SENDER}>`)
  const attempts = await database.db.attempt.findMany({ orderBy: { mailServerId: 'asc' } })
  expect(attempts.map(({ mailServerId }) => mailServerId)).toEqual([SERVER_ID, SECOND])
})

test('a message for which a rule chooses another server does not wait for a paused default server', async () => {
  const { one, two, outbox, accept, start, ends } = await world()
  await saveRules(PICKS)
  expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  await start()
  const picked = await accept('person@contoso.example', ['a@fabrikam.example'])
  const other = await accept('person@contoso.example', ['b@adatum.example'])
  await ends(picked, 'delivered')
  expect(two.messages).toHaveLength(1)
  expect((await outbox.message(other))?.state).toBe('queued')
  expect(one.commands).toEqual([])
})

const MIXED = ['a@fabrikam.example', 'b@adatum.example']
const later: SmtpScript = { act: (line) => (line.startsWith('RCPT') ? '451 4.3.0 Try again later' : null) }
const queuesOf = async (id: string) => {
  const { otherQueues, ...row } = await database.db.message.findUniqueOrThrow({
    where: { id },
    include: { otherQueues: true },
  })
  return new Map([row, ...otherQueues].map((each) => [each.mailServerId, each.dueAt.getTime()]))
}

test.each([
  ['last recipient', SERVER_ID, MIXED],
  ['first recipient', SECOND, MIXED],
  ['first recipient, the default one,', SERVER_ID, MIXED.toReversed()],
])(
  'while the mail server of the %s is paused, recipients of the other one get a message at once',
  async (_, paused, to) => {
    const { one, two, outbox, accept, start, ends } = await world()
    await saveRules(PICKS)
    expect(await outbox.pauseServer(caller, paused)).toBe(true)
    await start()
    const id = await accept('person@contoso.example', to)
    const [running, stopped] = paused === SERVER_ID ? [two, one] : [one, two]
    await expect.poll(() => running.messages.length).toBe(1)
    await expect.poll(async () => [...(await queuesOf(id)).keys()]).toEqual([paused])
    expect(await outbox.message(id)).toMatchObject({ state: 'queued', mailServerId: paused })
    expect(stopped.commands).toEqual([])
    expect(await outbox.resumeServer(caller, paused)).toBe(true)
    await ends(id, 'delivered')
    expect([one.messages.length, two.messages.length]).toEqual([1, 1])
  },
)

test('a deferral at one server delays only its recipients, and neither server changes the schedule of the other', async () => {
  const { one, two, outbox, accept, start } = await world({ first: later, second: later })
  await saveRules(PICKS)
  const id = await accept('person@contoso.example', MIXED)
  await start()
  const attempts = () => [one, two].map(({ commands }) => commands.filter((line) => line.startsWith('RCPT')).length)
  await expect.poll(attempts).toEqual([1, 1])
  await expect.poll(async () => (await outbox.message(id))?.state).toBe('queued')
  const before = await queuesOf(id)
  expect(Math.min(...before.values()) - Date.now()).toBeGreaterThan(30_000)
  const { mailServerId } = await database.db.message.findUniqueOrThrow({ where: { id } })
  const other = mailServerId === SECOND ? SERVER_ID : SECOND
  await database.db.otherQueue.updateMany({ data: { dueAt: new Date(0) } })
  await outbox.wake()
  await expect.poll(attempts).toEqual(other === SECOND ? [1, 2] : [2, 1])
  await expect.poll(async () => (await queuesOf(id)).get(other)).toBeGreaterThan(Date.now() + 90_000)
  expect((await queuesOf(id)).get(mailServerId)).toBe(before.get(mailServerId))
  expect(await outbox.message(id)).toMatchObject({ state: 'queued', attemptCount: 3 })
})

test('a probe whose message belongs to another server leaves the probe to the next message', async () => {
  const { accept, start, ends } = await world()
  const picked = await accept('person@contoso.example', ['a@fabrikam.example'])
  await saveRules(PICKS)
  const next = await accept('person@contoso.example', ['b@adatum.example'])
  await database.db.mailServer.update({
    where: { id: SERVER_ID },
    data: { pausedAt: new Date(), pausedBy: 'diagnosis', pauseCode: 'not-authenticated', pauseVersion: 1 },
  })
  await start()
  await ends(picked, 'delivered')
  await ends(next, 'delivered')
})

test('a paused mail server is probed at once after its probe was made due, as a worker does when it starts', async () => {
  const { accept, start, ends } = await world()
  const id = await accept()
  const paused = { pausedAt: new Date(), pausedBy: 'diagnosis', pauseCode: 'secret-unreadable', pauseVersion: 1 }
  const nextProbeAt = new Date(Date.now() + HOUR_MS)
  await database.db.mailServer.update({ where: { id: SERVER_ID }, data: { ...paused, nextProbeAt } })
  await makeProbesDue(database.db)
  await start()
  await ends(id, 'delivered')
})

test('an operator who holds, releases, attempts, cancels or resends a message does so for all its mail servers', async () => {
  const { one, two, outbox, accept, start, ends } = await world({
    second: { act: (line) => (line.startsWith('RCPT') ? '550 5.1.1 No such user' : null) },
  })
  await saveRules(PICKS)
  for (const id of [SERVER_ID, SECOND]) expect(await outbox.pauseServer(caller, id)).toBe(true)
  const [id, cancelled] = [await accept('person@contoso.example', MIXED), await accept('person@contoso.example', MIXED)]
  await database.db.otherQueue.updateMany({ data: { dueAt: new Date(Date.now() + 3_600_000) } })
  expect(await outbox.cancel(caller, { ids: [cancelled] })).toBe(1)
  expect([...(await queuesOf(cancelled)).keys()]).toEqual([SECOND])
  const dueInAll = async () => [...(await queuesOf(id)).values()].filter((at) => at <= Date.now()).length
  expect(await outbox.retryNow(caller, { ids: [id] })).toBe(1)
  expect(await dueInAll()).toBe(2)
  expect(await outbox.hold(caller, { ids: [id] })).toBe(1)
  expect(await dueInAll()).toBe(1)
  await start()
  for (const server of [SERVER_ID, SECOND]) expect(await outbox.resumeServer(caller, server)).toBe(true)
  const sent = await accept('person@contoso.example', ['b@adatum.example'])
  await ends(sent, 'delivered')
  expect([one.messages.length, two.commands.length]).toEqual([1, 0])
  expect(await outbox.release(caller, { ids: [id] })).toBe(1)
  await ends(id, 'failed')
  expect([...(await queuesOf(id)).keys()]).toHaveLength(1)
  // Wherever the message was last, the recipient that did not get it is attempted although that server is paused.
  expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  await database.db.message.update({ where: { id }, data: { mailServerId: SERVER_ID } })
  expect(await outbox.resend(caller, { ids: [id] })).toBe(1)
  await expect.poll(() => two.commands.filter((line) => line.startsWith('RCPT')).length).toBe(2)
  await ends(id, 'failed')
})

test('a message that is attempted now comes before everything that waits in each of its queues', async () => {
  const { outbox, accept } = await world()
  await saveRules(PICKS)
  const older = await accept('person@contoso.example', MIXED.toReversed())
  const id = await accept('person@contoso.example', MIXED)
  const { message, otherQueue } = database.db
  await message.update({ where: { id: older }, data: { dueAt: new Date(1_000) } })
  await otherQueue.updateMany({ data: { dueAt: new Date(1_000) } })
  const latest = async () => Math.max(...(await queuesOf(id)).values())
  expect(await outbox.retryNow(caller, { ids: [id] })).toBe(1)
  expect(await latest()).toBeLessThan(1_000)
  await otherQueue.updateMany({ where: { messageId: id }, data: { dueAt: new Date(10) } })
  expect(await outbox.retryNow(caller, { ids: [id] })).toBe(1)
  expect((await queuesOf(id)).get(SERVER_ID)).toBeLessThan(10)
})

test('a mail server that a rule names cannot be removed, and a rule cannot name a removed one, whichever comes first', async () => {
  await world()
  const servers = mailServersOf(database)
  for (let turn = 0; turn < 5; turn++) {
    const after = await newestRevision(database.db)
    const [rules, removed] = await Promise.all([saveRules(PICKS, after), servers.remove(caller, SECOND)])
    expect(rules.ok).toBe(!removed.ok)
    if (!removed.ok) expect(removed.error).toEqual({ kind: 'used', by: 'rules', names: ['Fabrikam'] })
    else expect(rules).toEqual({ ok: false, error: 'server-gone' })
    await database.db.policyRevision.deleteMany()
    await database.db.mailServer.update({ where: { id: SECOND }, data: { removedAt: null } })
  }
})
