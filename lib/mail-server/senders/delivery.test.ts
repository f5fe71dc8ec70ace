import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../simulator/simulator'
import { caller } from '../../../tests/support/mail-server'
import { SERVER_ID } from '../../../tests/support/outbox'
import { type SendersWorld, sendersWorld } from '../../../tests/support/senders'
import type { PolicyRules } from '../../policy'

const MAIN = 'noreply@contoso.example'
const PERSON = 'info@contoso.example'
const ROLE = 'it-support@contoso.example'
const TO = ['partner@fabrikam.test']

let world: SendersWorld<Simulator>
beforeEach(async () => {
  world = await sendersWorld(startSimulator)
  await world.saveServer()
})
afterEach(() => world.end())

const rules = (change: { sender?: string; individual?: boolean }): PolicyRules => ({
  otherwise: 'allow',
  rules: [
    {
      id: 'people',
      name: 'People',
      enabled: true,
      senders: [],
      recipients: [],
      outcome: {
        verdict: 'allow',
        sender: change.sender === undefined ? null : { address: change.sender, name: '' },
        individual: change.individual ?? false,
        server: null,
      },
    },
  ],
})

/** As saved once the page's box may be ticked. */
async function allowIndividual(): Promise<void> {
  const { settings } = await world.database.db.mailServer.findUniqueOrThrow({ where: { id: SERVER_ID } })
  const data = { settings: { ...Object(settings), allowIndividualSenders: true } }
  await world.database.db.mailServer.update({ where: { id: SERVER_ID }, data })
}

/** A rule sends a person's messages from their own address, and a test has shown that Exchange accepts it. */
async function verifiedPerson(): Promise<void> {
  await allowIndividual()
  await world.saveRules(rules({ individual: true }))
  await world.enter(PERSON, 'send-as')
  await world.change('grant-send-as', { mailbox: PERSON })
  expect(await verify(PERSON, MAIN)).toBe('accepted')
}

const ended = (id: string) =>
  expect
    .poll(async () => (await world.services.outbox.message(id))?.state, { timeout: 15_000 })
    .toMatch(/^(delivered|failed|held)$/)
const arrived = () =>
  world.simulator.mailbox.all().map(({ from, login, headers }) => ({
    from: from.replace(/^.*<(.*)>$/, '$1'),
    login: login?.user,
    replyTo: headers.find(({ name }) => name.toLowerCase() === 'reply-to')?.value ?? null,
  }))
const known = (address: string) => world.database.db.sender.findFirst({ where: { address } })
const latestResult = async (address: string) => {
  const row = await known(address)
  return row && [row.outcome, row.how, row.code]
}

async function verify(address: string, mailbox: string): Promise<string> {
  const change = await world.services.mailServer.savedChange()
  if (!change) throw new Error('Saved before')
  const digest = world.services.senderCache.digestOf(change.settings, { address, mailbox })
  const input = { change: { ok: true, value: change } as const, to: 'x@fabrikam.test', dryRun: false }
  const started = await world.services.mailServer.test(caller, { ...input, as: { address, mailbox, digest } })
  if (!started.ok) throw new Error('The limit is not reached')
  for await (const event of started.value)
    if (event.kind === 'finished') return event.report.diagnosis?.code ?? event.report.outcome
  throw new Error('A test ends with its report')
}

async function testOwn(): Promise<void> {
  const change = await world.services.mailServer.savedChange()
  if (!change) throw new Error('Saved before')
  const input = { change: { ok: true, value: change } as const, to: 'x@fabrikam.test', dryRun: false }
  const started = await world.services.mailServer.test(caller, input)
  if (!started.ok) throw new Error('The limit is not reached')
  for await (const event of started.value) if (event.kind === 'finished') expect(event.report.outcome).toBe('accepted')
}

test("the status has the newest result of the server's own sender: a test, a delivered message, a refused message", async () => {
  const own = async () => {
    const { state, ownResult } = (await world.services.mailServer.status()).facts
    return {
      state,
      latestResult: ownResult && [ownResult.how, ownResult.evidenceId, ownResult.failed ? ownResult.code : 'accepted'],
    }
  }
  expect(await own()).toEqual({ state: 'unverified', latestResult: null })
  await testOwn()
  expect(await own()).toEqual({ state: 'delivering', latestResult: ['test', expect.any(String), 'accepted'] })

  const accepted = await world.send(null, TO)
  await world.deliver()
  await ended(accepted)
  expect(await own()).toEqual({ state: 'delivering', latestResult: ['delivery', accepted, 'accepted'] })

  await world.change('remove-mailbox-permission')
  const refused = await world.send(null, TO)
  // The pause is recorded before the result.
  await expect
    .poll(own, { timeout: 15_000 })
    .toEqual({ state: 'failing', latestResult: ['delivery', refused, 'mailbox-permission-missing'] })
  // A person's pause says that no mail leaves, not that the sender is well.
  expect(await world.services.outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  expect(await own()).toEqual({ state: 'off', latestResult: ['delivery', refused, 'mailbox-permission-missing'] })
})

test('the first delivered message verifies the settings until the next save, even after the message was removed', async () => {
  const facts = async () => (await world.services.mailServer.status()).facts
  await world.saveRules(rules({ sender: PERSON }))
  await world.change('grant-send-as', { mailbox: PERSON })
  await world.deliver()
  await ended(await world.send('person@contoso.example', TO))
  // It left as another sender, which shows nothing about the mail server's own.
  expect(await facts()).toMatchObject({ state: 'unverified', deliveredBy: null })
  const id = await world.send(null, TO)
  await ended(id)
  await expect.poll(facts).toMatchObject({ state: 'delivering', verifiedBy: null, deliveredBy: { messageId: id } })
  await world.database.db.message.deleteMany()
  expect(await facts()).toMatchObject({ state: 'delivering', deliveredBy: { messageId: id } })
  await world.saveServer({ senderName: 'Somebody else' })
  expect(await facts()).toMatchObject({ state: 'unverified', deliveredBy: null })
})

test('an individual sender that is not verified is never used, even if page and rule allow it', async () => {
  await allowIndividual()
  await world.saveRules(rules({ individual: true }))
  await world.enter(PERSON, 'send-as')
  await world.change('grant-send-as', { mailbox: PERSON })
  const id = await world.send(PERSON, TO)
  await world.deliver()
  await ended(id)
  expect(arrived()).toEqual([{ from: MAIN, login: MAIN, replyTo: PERSON }])
  const detail = await world.services.outbox.message(id)
  expect(detail?.attempts.map(({ decision }) => decision)).toEqual([
    { by: 'rule', rule: 1, name: 'People', from: MAIN, replyTo: PERSON, note: 'not-verified' },
  ])
})

test('a sender verified by a test is used: with Send As the main mailbox logs in, else its own, with its own rate limit', async () => {
  await allowIndividual()
  await world.saveRules(rules({ individual: true }))
  await world.enter(PERSON, 'send-as')
  await world.enter(ROLE, 'login')
  await world.change('grant-send-as', { mailbox: PERSON })
  await world.change('grant-mailbox-permission', { mailbox: ROLE })
  await world.change('smtp-auth-mailbox', { mailbox: ROLE, disabled: false })
  expect(await verify(PERSON, MAIN)).toBe('accepted')
  expect(await verify(ROLE, ROLE)).toBe('accepted')
  world.simulator.mailbox.clear()
  const ids = [await world.send(PERSON, TO), await world.send(ROLE, TO)]
  await world.deliver()
  for (const id of ids) await ended(id)
  expect(arrived()).toEqual(
    expect.arrayContaining([
      { from: PERSON, login: MAIN, replyTo: null },
      { from: ROLE, login: ROLE, replyTo: null },
    ]),
  )
  const hours = await world.database.db.mailboxHour.findMany({ orderBy: { mailbox: 'asc' } })
  expect(hours.map(({ mailbox, delivered }) => [mailbox, delivered])).toEqual([
    ['', 1],
    [ROLE, 1],
  ])
  // Accepted straight onto the route of its mailbox: no attempt was spent to find out.
  const rows = await world.database.db.attempt.count()
  expect(rows).toBe(2)
})

test('a refused delivery ends the verification and records the evidence, and the message is sent as the fixed sender', async () => {
  await verifiedPerson()
  await world.change('remove-send-as', { mailbox: PERSON })
  world.simulator.mailbox.clear()
  const id = await world.send(PERSON, TO)
  await world.deliver()
  await ended(id)
  expect(arrived()).toEqual([{ from: MAIN, login: MAIN, replyTo: PERSON }])
  expect(await latestResult(PERSON)).toEqual(['refused', 'delivery', 'send-as-denied'])
  const row = await known(PERSON)
  expect(row?.evidence).toContain('SendAsDenied')
  expect(row?.evidenceId).toBe(id)
  const audit = await world.database.db.auditEvent.findFirst({ where: { action: 'sender.lost' } })
  expect(audit).toMatchObject({ subject: `sender:${PERSON}`, details: { server: SERVER_ID, message: id } })
  expect((await world.services.outbox.message(id))?.attempts).toHaveLength(2)
})

test('S-08 a verified sender is used after a restart with another sealing key, although its result is of before', async () => {
  await verifiedPerson()
  world.simulator.mailbox.clear()
  const { outbox } = world.restartedWithNewKey()
  const id = await world.send(PERSON, TO)
  await world.deliver(outbox)
  await ended(id)
  expect(arrived()).toEqual([{ from: PERSON, login: MAIN, replyTo: null }])
})

test('U-04 the activity log has one entry when a sender becomes verified and one when it ceases to be, however often Exchange says so', async () => {
  await world.saveRules(rules({ sender: PERSON }))
  const entries = async () =>
    (await world.database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } }))
      .map(({ action }) => action)
      .filter((action) => action === 'sender.lost' || action === 'sender.proven')
  const attempts = (code: string | null) => world.database.db.attempt.count({ where: { code } })
  const sendThree = async () => {
    for (let at = 0; at < 3; at++) await world.send('person@contoso.example', TO)
  }
  await world.deliver()
  await sendThree()
  await expect.poll(() => attempts('send-as-denied'), { timeout: 15_000 }).toBe(3)
  expect(await latestResult(PERSON)).toEqual(['refused', 'delivery', 'send-as-denied'])
  expect(await entries()).toEqual([])

  await world.change('grant-send-as', { mailbox: PERSON })
  await sendThree()
  await expect.poll(() => attempts(null), { timeout: 15_000 }).toBe(3)
  expect(await entries()).toEqual(['sender.proven'])

  await world.change('remove-send-as', { mailbox: PERSON })
  await sendThree()
  await expect.poll(() => attempts('send-as-denied'), { timeout: 15_000 }).toBeGreaterThanOrEqual(6)
  expect(await entries()).toEqual(['sender.proven', 'sender.lost'])
})

test('a mailbox that may no longer log in is no longer verified, delays no other message, and its person’s message is sent', async () => {
  await allowIndividual()
  await world.saveRules(rules({ individual: true }))
  await world.enter(ROLE, 'login')
  await world.change('grant-mailbox-permission', { mailbox: ROLE })
  await world.change('smtp-auth-mailbox', { mailbox: ROLE, disabled: false })
  expect(await verify(ROLE, ROLE)).toBe('accepted')
  await world.change('smtp-auth-mailbox', { mailbox: ROLE, disabled: true })
  world.simulator.mailbox.clear()
  const ids = [await world.send(ROLE, TO), await world.send(null, TO)]
  await world.deliver()
  for (const id of ids) await ended(id)
  expect(arrived()).toEqual(
    expect.arrayContaining([
      { from: MAIN, login: MAIN, replyTo: ROLE },
      { from: MAIN, login: MAIN, replyTo: null },
    ]),
  )
  expect(await latestResult(ROLE)).toEqual(['refused', 'delivery', 'smtp-auth-disabled-for-mailbox'])
  const server = await world.database.db.mailServer.findUniqueOrThrow({ where: { id: SERVER_ID } })
  expect(server.pausedAt).toBeNull()
})

test('a message with a rule’s sender whose mailbox may not log in waits for the permission and delays no other', async () => {
  await world.saveRules(rules({ sender: ROLE }))
  await world.enter(ROLE, 'login')
  const waits = await world.send('person@contoso.example', TO)
  const leaves = await world.send(null, TO)
  await world.deliver()
  await ended(leaves)
  const lastCode = async () => (await world.database.db.message.findUniqueOrThrow({ where: { id: waits } })).lastCode
  await expect.poll(lastCode, { timeout: 15_000 }).toBe('smtp-auth-disabled-for-tenant')
  expect((await world.services.outbox.message(waits))?.state).toBe('queued')
  const server = await world.database.db.mailServer.findUniqueOrThrow({ where: { id: SERVER_ID } })
  expect(server.pausedAt).toBeNull()
  expect(arrived()).toEqual([{ from: MAIN, login: MAIN, replyTo: null }])
})

test('after a change of the settings, new messages are put into the queue of the mailbox that logs in now', async () => {
  await world.saveRules(rules({ sender: ROLE }))
  await world.enter(ROLE, 'login')
  const queue = async () => {
    const id = await world.send('person@contoso.example', TO)
    return (await world.database.db.message.findUniqueOrThrow({ where: { id } })).mailbox
  }
  expect(await queue()).toBe(ROLE)
  await world.saveServer({ senderAddress: ROLE })
  await expect.poll(queue, { interval: 250 }).toBe('')
})

test('a rule’s sender is verified by the first delivered message, and the simulator says so', async () => {
  await world.saveRules(rules({ sender: PERSON }))
  await world.change('grant-send-as', { mailbox: PERSON })
  const expected = async () => {
    const input = { originator: 'person@contoso.example', recipients: TO.join(), fields: null }
    const tried = await world.services.rules.simulate(input)
    return tried.ok ? tried.value.map(({ acceptance }) => acceptance?.kind) : tried.error
  }
  expect(await expected()).toEqual(['refusal-expected'])
  const id = await world.send('person@contoso.example', TO)
  await world.deliver()
  await ended(id)
  expect(arrived()).toEqual([{ from: PERSON, login: MAIN, replyTo: null }])
  expect(await latestResult(PERSON)).toEqual(['accepted', 'delivery', null])
  expect(await expected()).toEqual(['verified'])
  expect((await world.services.rules.view()).findings).toEqual([])
})

test('a verification ends when another mailbox or another application logs in', async () => {
  await world.enter(PERSON, 'send-as')
  await world.enter(ROLE, 'login')
  for (const mailbox of [PERSON, ROLE]) {
    await world.change('grant-send-as', { mailbox })
    await world.change('grant-send-as', { mailbox, trustee: 'test@contoso.example' })
    await world.change('grant-mailbox-permission', { mailbox })
    await world.change('smtp-auth-mailbox', { mailbox, disabled: false })
  }
  expect([await verify(PERSON, MAIN), await verify(ROLE, ROLE)]).toEqual(['accepted', 'accepted'])
  const verified = async () => {
    const change = await world.services.mailServer.savedChange()
    if (!change) throw new Error('Saved before')
    const senders = await world.services.senderCache.under(SERVER_ID, change.settings)
    return [...senders].flatMap(([address, sender]) => (sender.lastResult?.outcome === 'accepted' ? [address] : []))
  }
  expect(await verified()).toEqual([PERSON, ROLE])
  await world.saveServer({ senderName: 'Another name' })
  expect(await verified()).toEqual([PERSON, ROLE])
  await world.saveServer({ senderAddress: 'test@contoso.example' })
  expect(await verified()).toEqual([ROLE])
  await world.saveServer({ clientId: '9e8d7c6b-5a49-4838-9271-605f4e3d2c1b' })
  expect(await verified()).toEqual([])
  await world.saveServer()
  expect(await verified()).toEqual([PERSON, ROLE])
  await world.database.db.sender.update({
    where: { mailServerId_address: { mailServerId: SERVER_ID, address: PERSON } },
    data: { way: 'login' },
  })
  await world.database.db.mailServer.update({ where: { id: SERVER_ID }, data: { sendersVersion: { increment: 1 } } })
  expect(await verified()).toEqual([ROLE])
})
