import { expect, onTestFinished, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { aMessage, outboxAt, SENDER } from '../../../tests/support/outbox'
import { savePolicyRules } from '../../../tests/support/saved-policy'
import { type SmtpScript, startSmtp } from '../../../tests/support/servers'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import type { PolicyRules } from '../../policy'
import { totalOf } from '../traffic'

const database = databaseOfEach()

async function world(script: SmtpScript = {}) {
  const smtp = await untilTestEnds(startSmtp({ security: 'none', ...script }))
  const outbox = await outboxAt({ database, port: smtp.port })
  return {
    smtp,
    outbox,
    async send(originator: string | null, recipients: string[]) {
      const accepted = await outbox.accept({ ...(await aMessage('by rules', recipients)), originator })
      if (!accepted.ok) throw new Error(accepted.error)
      return accepted.value.id
    },
    async start() {
      const delivery = await outbox.deliver()
      onTestFinished(() => delivery.stop(1_000))
    },
  }
}

async function save(rules: PolicyRules, after = 0): Promise<void> {
  expect((await savePolicyRules(database.db, rules, after)).ok).toBe(true)
}

const RULES: PolicyRules = {
  otherwise: 'allow',
  rules: [
    {
      id: 'partners',
      name: 'Partners',
      enabled: true,
      senders: [],
      recipients: [{ kind: 'domain-tree', domain: 'fabrikam.example' }],
      outcome: {
        verdict: 'allow',
        sender: { address: 'partners@contoso.example', name: 'Partner desk' },
        individual: true,
        server: null,
      },
    },
    {
      id: 'kept-in',
      name: 'Kept in',
      enabled: true,
      senders: [],
      recipients: [{ kind: 'regex', source: 'test-.*@.*' }],
      outcome: { verdict: 'decline' },
    },
  ],
}

test('a message is split by the decision for each recipient, and each attempt names its rule', async () => {
  const { smtp, outbox, send, start } = await world()
  await save(RULES)
  const to = ['a@fabrikam.example', 'test-1@adatum.example', 'b@mail.fabrikam.example', 'c@adatum.example']
  const id = await send('person@contoso.example', to)
  await start()
  await expect.poll(async () => (await outbox.message(id))?.state, { timeout: 10_000 }).toBe('delivered')

  const detail = await outbox.message(id)
  expect(detail).toMatchObject({ reason: 'declined-in-part', hasBody: false })
  expect(detail?.to.map(({ address, state }) => [address, state])).toEqual([
    ['a@fabrikam.example', 'delivered'],
    ['test-1@adatum.example', 'declined'],
    ['b@mail.fabrikam.example', 'delivered'],
    ['c@adatum.example', 'delivered'],
  ])
  const heads = smtp.messages.map((message) => message.slice(0, message.indexOf('\r\nSubject')))
  expect(heads.filter((head) => head.includes('From: Partner desk <partners@contoso.example>'))).toHaveLength(1)
  expect(heads.find((head) => head.includes('Partner desk'))).toContain('Reply-To: person@contoso.example')
  expect(heads.filter((head) => head.includes(`From: Contoso <${SENDER}>`))).toHaveLength(1)
  expect(smtp.commands.filter((line) => /^MAIL|^RCPT/.test(line)).map((line) => line.split(' ')[1])).toEqual([
    'FROM:<partners@contoso.example>',
    'TO:<a@fabrikam.example>',
    'TO:<b@mail.fabrikam.example>',
    `FROM:<${SENDER}>`,
    'TO:<c@adatum.example>',
  ])
  expect(detail?.attempts.map(({ addresses }) => addresses).sort()).toEqual([
    ['a@fabrikam.example', 'b@mail.fabrikam.example'],
    ['c@adatum.example'],
    ['test-1@adatum.example'],
  ])
  expect(detail?.attempts.map(({ decision }) => decision)).toEqual(
    expect.arrayContaining([
      {
        by: 'rule',
        rule: 1,
        name: 'Partners',
        from: 'partners@contoso.example',
        replyTo: 'person@contoso.example',
        note: 'page-forbids',
      },
      { by: 'rule', rule: 2, name: 'Kept in', from: null },
      { by: 'last-line', from: SENDER },
    ]),
  )
})

test('R-07 if a message cannot be composed for some recipients, what reached the others counts and is not sent again', async () => {
  const { smtp, outbox, send, start } = await world()
  await save(RULES)
  // For the partners it would be in Reply-To.
  const id = await send('no address@contoso.example', ['c@adatum.example', 'a@fabrikam.example'])
  const isHeld = () => expect.poll(async () => (await outbox.message(id))?.state, { timeout: 10_000 }).toBe('held')
  await start()
  await isHeld()
  expect(await outbox.message(id)).toMatchObject({
    reason: 'unreadable',
    to: [{ state: 'delivered' }, { state: 'queued' }],
    attempts: [{ outcome: 'accepted', addresses: ['c@adatum.example'] }],
  })
  expect(await outbox.release({ actor: caller.actor, origin: caller.origin }, { ids: [id] })).toBe(1)
  await isHeld()
  expect(smtp.messages).toHaveLength(1)
})

test('rules that are saved after acceptance decide, and no rule applies to the console’s own messages', async () => {
  const { smtp, outbox, send, start } = await world()
  await save({ rules: [], otherwise: 'allow' })
  const caused = await send('person@contoso.example', ['a@adatum.example'])
  const own = await send(null, ['b@adatum.example'])
  await save({ rules: [], otherwise: 'decline' }, 1)
  await start()
  await expect.poll(async () => (await outbox.message(own))?.state, { timeout: 10_000 }).toBe('delivered')
  await expect.poll(async () => (await outbox.message(caused))?.state, { timeout: 10_000 }).toBe('declined')
  expect((await outbox.message(caused))?.to).toMatchObject([{ state: 'declined' }])
  expect(smtp.messages).toHaveLength(1)
})

test('a message that rules decline has not failed: it is in no count of failures, keeps no text and cannot be resent', async () => {
  const { outbox, send, start } = await world()
  await save({ rules: [], otherwise: 'decline' })
  const id = await send('person@contoso.example', ['a@adatum.example', 'b@adatum.example'])
  await start()
  await expect.poll(async () => (await outbox.message(id))?.state, { timeout: 10_000 }).toBe('declined')
  expect(await outbox.message(id)).toMatchObject({
    reason: 'declined-by-rule',
    hasBody: false,
    lastCode: null,
    attemptCount: 0,
  })
  expect(await outbox.counts()).toEqual({ queued: 0, sending: 0, held: 0, failed: 0 })
  const { hours } = await outbox.traffic()
  expect(totalOf(hours)).toEqual({ delivered: 0, failed: 0 })
  expect(await outbox.list({ states: ['declined'] }, { before: null, rows: 2 })).toMatchObject([{ id }])
  expect(await outbox.resend(caller, { ids: [id] })).toBe(0)
})

test('one failed recipient makes the message fail, and resending it does not attempt declined recipients', async () => {
  const { smtp, outbox, send, start } = await world({
    act: (line) => (line.startsWith('RCPT TO:<gone@') ? (socket) => socket.write('550 5.1.1 unknown\r\n') : null),
  })
  await save(RULES)
  const id = await send('person@contoso.example', ['test-1@adatum.example', 'gone@adatum.example'])
  await start()
  await expect.poll(async () => (await outbox.message(id))?.state, { timeout: 10_000 }).toBe('failed')
  const states = async () => (await outbox.message(id))?.to.map(({ state }) => state)
  expect(await states()).toEqual(['declined', 'failed'])
  expect(await outbox.resend(caller, { ids: [id] })).toBe(1)
  await expect.poll(async () => (await outbox.message(id))?.attempts.length, { timeout: 10_000 }).toBe(3)
  expect(await states()).toEqual(['declined', 'failed'])
  expect(smtp.messages).toEqual([])
})

test('rules that are saved while a batch is being sent decide its later messages', async () => {
  let answer: (() => void) | null = null
  const { outbox, send, start } = await world({
    act: (line) =>
      line === 'MESSAGE' && !answer ? (socket) => (answer = () => socket.write('250 2.0.0 taken\r\n')) : null,
  })
  const ids: string[] = []
  for (let at = 0; at < 3; at++) ids.push(await send('anna@contoso.example', ['test-1@litware.example']))
  await start()
  await expect.poll(() => answer, { timeout: 10_000 }).not.toBeNull()
  expect(await database.db.message.count({ where: { state: 'sending' } })).toBe(3)
  await save(RULES)
  const answered = answer as (() => void) | null
  answered?.()
  const reasons = async () => (await Promise.all(ids.map((id) => outbox.message(id)))).map((it) => it?.reason)
  await expect.poll(reasons, { timeout: 10_000 }).toEqual([null, 'declined-by-rule', 'declined-by-rule'])
})

test('a message without a reply is reported with its start time until the reply comes', async () => {
  let answer: (() => void) | null = null
  const { outbox, send, start } = await world({
    act: (line) => (line === 'MESSAGE' ? (socket) => (answer = () => socket.write('250 2.0.0 taken\r\n')) : null),
  })
  const id = await send(null, ['a@adatum.example'])
  await start()
  await expect.poll(() => answer, { timeout: 10_000 }).not.toBeNull()
  expect(await outbox.unconfirmed()).toEqual({ count: 0, since: null })
  const begunAt = new Date(Date.now() - 31_000)
  await database.db.message.update({ where: { id }, data: { begunAt } })
  expect(await outbox.unconfirmed()).toEqual({ count: 1, since: begunAt })
  expect(await outbox.list({}, { before: null, rows: 1 })).toMatchObject([{ state: 'sending', begunAt }])
  const answered = answer as (() => void) | null
  answered?.()
  await expect.poll(async () => (await outbox.message(id))?.state, { timeout: 10_000 }).toBe('delivered')
  expect(await outbox.unconfirmed()).toEqual({ count: 0, since: null })
})

test('F-54 while rules cannot be read, no message of a person is sent', async () => {
  const { smtp, outbox, send, start } = await world()
  await database.db.$executeRaw`INSERT INTO "PolicyRevision" VALUES (1, '{}'::jsonb, 'somebody', now())`
  const caused = await send('person@contoso.example', ['a@adatum.example'])
  await start()
  const code = async () => (await database.db.message.findUniqueOrThrow({ where: { id: caused } })).lastCode
  await expect.poll(code, { timeout: 10_000 }).toBe('settings-incomplete')
  expect((await outbox.message(caused))?.state).not.toBe('delivered')
  expect(smtp.messages).toEqual([])
})
