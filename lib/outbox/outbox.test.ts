import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { testAuthority } from '../../tests/support/certificates'
import { testChainKeys } from '../../tests/support/chain-keys'
import { databaseOfEach } from '../../tests/support/each-database'
import { waitingFor } from '../../tests/support/locks'
import { caller as mailCaller } from '../../tests/support/mail-server'
import { aMessage, type OutboxWorld, outboxAt, SENDER, SERVER_ID } from '../../tests/support/outbox'
import { type SmtpScript, type SmtpTestServer, startSmtp } from '../../tests/support/servers'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { quiet } from '../../tests/support/world'
import { createDb } from '../db'
import { FAILURE_REUSED_MS } from '../entra/token-cache'
import { newId } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { readDeliveryHealth } from '../mail-server/store/pauses'
import { NO_RULE } from '../policy/rules'
import { LINGER_MS } from './delivery/connection-loop'
import { queuePauseMs } from './delivery/retry-plan'
import type { Delivery } from './delivery/scheduler'
import type { MessageFilter } from './store/list'
import { createOutboxStore } from './store/store'

const { actor, origin } = mailCaller
const caller = { actor, origin }
const authority = await testAuthority()
const database = databaseOfEach()

async function world(
  script: SmtpScript = {},
  more: Partial<OutboxWorld> = {},
  overrides: Parameters<typeof outboxAt>[1] = {},
) {
  const security = more.token ? 'starttls' : 'none'
  const identity = more.token ? { identity: await authority.certify() } : {}
  const smtp: SmtpTestServer = await untilTestEnds(startSmtp({ security, ...identity, ...script }))
  const outbox = await outboxAt({ database, port: smtp.port, ca: authority.certificate, ...more }, overrides)
  const start = async (): Promise<Delivery> => {
    const delivery = await outbox.deliver()
    onTestFinished(() => delivery.stop(1_000))
    return delivery
  }
  const accept = async (subject: string, recipients?: string[]) => {
    const accepted = await outbox.accept(await aMessage(subject, recipients))
    if (!accepted.ok) throw new Error(accepted.error)
    return accepted.value.id
  }
  const state = async (id: string) => (await outbox.message(id))?.state
  const ends = (id: string, wanted: string, ms = 10_000) => expect.poll(() => state(id), { timeout: ms }).toBe(wanted)
  const row = (id: string) => database.db.message.findUniqueOrThrow({ where: { id } })
  const attempts = async (id: string) => (await outbox.message(id))?.attempts ?? []
  const serverRow = () => database.db.mailServer.findUniqueOrThrow({ where: { id: SERVER_ID } })
  return { smtp, outbox, start, accept, state, ends, row, attempts, serverRow }
}

test('R-01 M-05 M-14 a message is accepted, delivered once as composed with its From line, and its text is removed', async () => {
  const { smtp, outbox, start, accept, ends } = await world()
  const id = await accept('one', ['anna@fabrikam.example', 'ben@fabrikam.example'])
  expect(await outbox.message(id)).toMatchObject({ state: 'queued', hasBody: true, attemptCount: 0 })
  await start()
  await ends(id, 'delivered')
  const [message = ''] = smtp.messages
  expect(smtp.messages).toHaveLength(1)
  expect(message.startsWith(`From: Contoso <${SENDER}>\r\n`)).toBe(true)
  expect(message).toContain('\r\nAuto-Submitted: auto-generated\r\n')
  expect(message.match(/\r\nMessage-ID: /g)).toHaveLength(1)
  expect(smtp.commands.some((line) => line.startsWith(`MAIL FROM:<${SENDER}> `))).toBe(true)
  const detail = await outbox.message(id)
  expect(detail).toMatchObject({
    state: 'delivered',
    hasBody: false,
    attemptCount: 1,
    mayBeDuplicate: false,
    recipients: 2,
  })
  expect(detail?.to.map(({ state }) => state)).toEqual(['delivered', 'delivered'])
  expect(detail?.attempts).toMatchObject([{ outcome: 'accepted', recipients: 2, decision: { from: SENDER } }])
  expect(await database.db.mailboxHour.findMany()).toMatchObject([{ recipients: 2, delivered: 1 }])
})

test('a worker on a machine that was suspended delivers at once what was accepted in between', async () => {
  let suspendedMs = 0
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() - suspendedMs }
  const { smtp, start, ends } = await world({}, { clock })
  const other = await outboxAt({ database, port: smtp.port })
  await start()
  suspendedMs = 3_600_000
  const accepted = await other.accept(await aMessage('in between'))
  if (!accepted.ok) throw new Error(accepted.error)
  await ends(accepted.value.id, 'delivered', 30_000)
}, 60_000)

test('R-03 R-15 a message that is being sent while the clock is set forward is not sent a second time', async () => {
  const held: Socket[] = []
  const { smtp, start, accept, ends, row } = await world(
    { act: (line) => (line === 'MESSAGE' && held.length === 0 ? (socket) => void held.push(socket) : null) },
    {},
    { leaseMs: 9_000 },
  )
  const id = await accept('one')
  await start()
  await expect.poll(() => held.length).toBe(1)
  // For the database its lease has ended, as after a step of the clock. The next message wakes the worker.
  await database.db.message.update({ where: { id }, data: { leasedUntil: new Date(Date.now() - 86_400_000) } })
  const isLookedAfter = async () => {
    await accept('another')
    const { leasedUntil, fence } = await row(id)
    return fence > 1 || Number(leasedUntil) > Date.now()
  }
  await expect.poll(isLookedAfter, { timeout: 10_000 }).toBe(true)
  held[0]?.write('250 2.0.0 OK\r\n')
  await ends(id, 'delivered')
  expect(await row(id)).toMatchObject({ fence: 1, mayBeDuplicate: false })
  expect(smtp.messages.filter((message) => message.includes('Subject: one'))).toHaveLength(1)
})

test('a message that waited for longer than it may be retried is attempted once, and has failed if that may pass', async () => {
  const { start, accept, ends, attempts } = await world({
    act: (line) => (line === 'RCPT TO:<full@fabrikam.example>' ? '450 4.2.1 later' : null),
  })
  const [accepted, deferred] = [await accept('one'), await accept('two', ['full@fabrikam.example'])]
  await database.db.message.updateMany({ data: { expiresAt: new Date(Date.now() - 86_400_000) } })
  await start()
  await ends(accepted, 'delivered')
  await ends(deferred, 'failed')
  expect(await attempts(deferred)).toHaveLength(1)
})

test('F-41 a server without SMTPUTF8 gets the message for the recipients who do not need it', async () => {
  const { smtp, outbox, start, ends } = await world({ extensions: () => ['8BITMIME'] })
  const recipients = ['jürgen@fabrikam.example', 'anna@fabrikam.example']
  const accepted = await outbox.accept({ ...(await aMessage('one')), recipients })
  if (!accepted.ok) throw new Error(accepted.error)
  await start()
  await ends(accepted.value.id, 'failed')
  const message = await outbox.message(accepted.value.id)
  expect(message?.to).toMatchObject([{ state: 'failed', code: 'smtputf8-unsupported' }, { state: 'delivered' }])
  expect(smtp.commands.filter((line) => line.startsWith('RCPT'))).toEqual(['RCPT TO:<anna@fabrikam.example>'])
})

test('F-31 each recipient gets its own result: one refused, one deferred, one delivered, and only the deferred one is retried', async () => {
  let deferred = true
  const { smtp, start, accept, row, attempts, outbox, ends } = await world({
    act: (line) => {
      if (line === 'RCPT TO:<gone@fabrikam.example>') return '550 5.1.1 unknown'
      if (line === 'RCPT TO:<full@fabrikam.example>' && deferred) return '450 4.2.1 later'
      return null
    },
  })
  const id = await accept('three', ['anna@fabrikam.example', 'gone@fabrikam.example', 'full@fabrikam.example'])
  await start()
  await expect.poll(async () => (await row(id)).attemptCount).toBe(1)
  const before = await outbox.message(id)
  expect(before?.to.map(({ state }) => state)).toEqual(['delivered', 'failed', 'queued'])
  expect(before?.to[1]).toMatchObject({ code: 'recipient-not-found' })
  expect(before?.hasBody).toBe(true)
  deferred = false
  await database.db.message.update({ where: { id }, data: { dueAt: new Date() } })
  await outbox.wake()
  await ends(id, 'failed')
  expect(smtp.commands.filter((line) => line.startsWith('RCPT'))).toEqual([
    'RCPT TO:<anna@fabrikam.example>',
    'RCPT TO:<gone@fabrikam.example>',
    'RCPT TO:<full@fabrikam.example>',
    'RCPT TO:<full@fabrikam.example>',
  ])
  expect((await outbox.message(id))?.to.map(({ state }) => state)).toEqual(['delivered', 'failed', 'delivered'])
  expect(await attempts(id)).toHaveLength(2)
})

test('F-35 R-03 after a connection was lost behind the final dot, the same Message-ID is sent again and marked as a possible duplicate', async () => {
  let lose = true
  const { smtp, start, accept, row, ends, outbox } = await world({
    act: (line) => (line === 'MESSAGE' && lose ? (socket) => socket.destroy() : null),
  })
  const id = await accept('unknown')
  await start()
  await expect.poll(async () => (await row(id)).attemptCount).toBe(1)
  expect(await row(id)).toMatchObject({ state: 'queued', mayBeDuplicate: true, lastCode: 'connection-lost' })
  // The server may have counted its recipient.
  expect(await database.db.mailboxHour.findMany()).toMatchObject([{ recipients: 1, delivered: 0 }])
  lose = false
  await database.db.message.update({ where: { id }, data: { dueAt: new Date() } })
  await outbox.wake()
  await ends(id, 'delivered')
  const ids = smtp.messages.map((text) => /^Message-ID: .*$/m.exec(text)?.[0])
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
  expect((await outbox.message(id))?.attempts.map(({ outcome }) => outcome)).toEqual(['accepted', 'unknown'])
})

test('F-34 after a connection was lost before the final dot, the message is retried and not marked as a duplicate', async () => {
  const { start, accept, row } = await world({
    act: (line) => (line === 'DATA' ? (socket) => socket.destroy() : null),
  })
  const id = await accept('lost')
  await start()
  await expect.poll(async () => (await row(id)).attemptCount).toBe(1)
  expect(await row(id)).toMatchObject({ state: 'queued', mayBeDuplicate: false, lastCode: 'connection-lost' })
})

test('F-36 F-33 N-12 one time limit ends a stall before the final dot, and another one the wait for the reply to it', async () => {
  let silentAt = ''
  const deadlines = { toDotMs: 60_000, afterDotMs: 60_000 }
  const { start, accept, ends, row } = await world(
    { act: (line) => (line === silentAt ? () => {} : null) },
    {},
    { deadlines },
  )
  await start()
  // The others use its connection, so that the short limits need not be enough for opening one.
  await ends(await accept('first'), 'delivered')
  silentAt = 'MESSAGE'
  deadlines.afterDotMs = 100
  const unanswered = await accept('unanswered')
  await expect.poll(async () => (await row(unanswered)).attemptCount).toBe(1)
  expect(await row(unanswered)).toMatchObject({ lastCode: 'deadline-passed', mayBeDuplicate: true })
  silentAt = ''
  await ends(await accept('second'), 'delivered')
  silentAt = 'DATA'
  deadlines.toDotMs = 1_000
  const stalled = await accept('stalled')
  await expect.poll(async () => (await row(stalled)).attemptCount).toBe(1)
  expect(await row(stalled)).toMatchObject({ lastCode: 'deadline-passed', mayBeDuplicate: false })
})

test('F-37 F-40 a server that closes after each message costs connections, but no messages or attempts', async () => {
  const { smtp, start, accept, ends, row } = await world({
    act: (line) => (line === 'MESSAGE' ? (socket) => socket.end('250 2.0.0 OK\r\n') : null),
  })
  const ids = []
  for (let at = 0; at < 9; at++) ids.push(await accept(`number ${at}`))
  await start()
  for (const id of ids) await ends(id, 'delivered')
  expect(smtp.messages).toHaveLength(9)
  for (const id of ids) expect(await row(id)).toMatchObject({ attemptCount: 1, mayBeDuplicate: false })
})

test('F-10 R-06 a fault that a person must fix pauses the mail server once, and no attempt counts against any message', async () => {
  const { smtp, start, accept, row, serverRow, outbox, ends } = await world(
    {
      act: (line) =>
        line.startsWith('AUTH')
          ? '535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully.'
          : null,
    },
    { token: () => 'token' },
  )
  const ids = [await accept('a'), await accept('b'), await accept('c')]
  await start()
  await expect.poll(async () => (await serverRow()).pauseCode).toBe('blocked-by-sign-in-policy')
  // One login, one more by a forced refresh (F-13), and no third.
  await expect
    .poll(async () => (await database.db.rateLimitToken.findMany({ where: { NOT: { holder: null } } })).length)
    .toBe(0)
  expect(smtp.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(2)
  for (const id of ids) expect(await row(id)).toMatchObject({ state: 'queued', attemptCount: 0 })
  expect(await database.db.auditEvent.findMany({ where: { action: 'mail-server.pause' } })).toHaveLength(1)

  await accept('d')
  await outbox.wake()
  expect(smtp.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(2)
  expect(await outbox.resumeServer(caller, SERVER_ID)).toBe(true)
  await expect.poll(() => smtp.commands.filter((line) => line.startsWith('AUTH')).length).toBe(4)
  await expect.poll(() => database.db.message.count({ where: { state: 'sending' } })).toBe(0)
  for (const id of ids) expect(await outbox.cancel(caller, { ids: [id] })).toBe(1)
  await ends(ids[0] ?? '', 'cancelled')
})

test('F-13 R-22 a token refused at login is renewed once, and the message is delivered with the new one', async () => {
  let turn = 0
  const { smtp, start, accept, ends } = await world(
    {
      act: (line) => {
        const token = /^AUTH XOAUTH2 (.*)$/.exec(line)?.[1] ?? ''
        return Buffer.from(token, 'base64').toString().includes('token-1')
          ? '535 5.7.3 Authentication unsuccessful'
          : null
      },
    },
    { token: () => `token-${++turn}` },
  )
  const id = await accept('renewed')
  await start()
  await ends(id, 'delivered')
  expect(smtp.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(2)
})

test('F-14 a secret that is replaced between two messages is used for the next one, on a new connection', async () => {
  let token = 'token-before'
  const { smtp, start, accept, ends, serverRow } = await world({}, { token: () => token })
  const first = await accept('by the former')
  await start()
  await ends(first, 'delivered')
  token = 'token-after'
  const { version } = await serverRow()
  await database.db.mailServer.update({ where: { id: SERVER_ID }, data: { version: version + 1 } })
  const second = await accept('by the new one')
  await ends(second, 'delivered')
  const tokens = smtp.commands.flatMap((line) => /^AUTH XOAUTH2 (.*)$/.exec(line)?.[1] ?? [])
  expect(tokens.map((text) => /token-\w+/.exec(Buffer.from(text, 'base64').toString())?.[0])).toEqual([
    'token-before',
    'token-after',
  ])
})

test('F-48 R-01 while the database is unreachable nothing is acknowledged, and what was sent is recorded once it is back', async () => {
  let away: Promise<void> | null = null
  const lines: string[] = []
  const note = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
  const { smtp, outbox, start, accept, ends } = await world(
    {
      act: (line) => {
        if (line !== 'MESSAGE' || away) return null
        away = database.allow(false)
        return (socket) => void away?.then(() => socket.write('250 2.0.0 taken\r\n'))
      },
    },
    { log: { ...quiet, warn: note('warn'), error: note('error') } },
    { leaseMs: 2_000 },
  )
  const before = await accept('on its way')
  await start()
  await expect.poll(() => away).not.toBeNull()
  await away
  await expect(outbox.accept(await aMessage('nowhere to store'))).rejects.toThrow()
  await expect.poll(() => lines.length, { timeout: 5_000 }).toBeGreaterThan(1)
  await database.allow(true)
  await ends(before, 'delivered')
  const after = await accept('stored again')
  await ends(after, 'delivered')
  expect(new Set(lines)).toEqual(
    new Set(['warn the outbox cannot use the database', 'warn a delivery cannot write to the database']),
  )
  const { message, messageBody, recipient } = database.db
  expect([await message.count(), await messageBody.count(), await recipient.count()]).toEqual([2, 0, 2])
  expect(smtp.messages).toHaveLength(2)
})

test('R-01 R-07 only the one message of a shared commit that cannot be stored fails', async () => {
  const { smtp, outbox, start } = await world()
  const fine = await Promise.all(Array.from({ length: 9 }, (_, at) => aMessage(`fine ${at}`)))
  const poisoned = { ...(await aMessage('poisoned')), cause: 'a\0b' }
  const all = fine.toSpliced(4, 0, poisoned)
  const answers = await Promise.allSettled(all.map((message) => outbox.accept(message)))
  expect(answers.flatMap(({ status }, at) => (status === 'rejected' ? [at] : []))).toEqual([4])
  expect(await database.db.message.count()).toBe(9)
  await start()
  await expect.poll(() => smtp.messages.length, { timeout: 10_000 }).toBe(9)
})

test('R-07 a reply with characters that cannot be stored is recorded without them and delays no other message', async () => {
  const { start, accept, ends, attempts } = await world({
    act: (line) => (line === 'MESSAGE' ? '250 2.0.0 taken \0 by \x01' : null),
  })
  const ids = await Promise.all(Array.from({ length: 6 }, (_, at) => accept(`mail ${at}`)))
  await start()
  for (const id of ids) await ends(id, 'delivered')
  expect((await attempts(ids[0] ?? ''))[0]?.reply).not.toMatch(/\p{Cc}/u)
})

test('R-07 a message whose text is missing or cut is held, and the messages behind it are delivered', async () => {
  const { start, accept, ends, row } = await world()
  const gone = await accept('gone')
  const cut = await accept('cut')
  const fine = await accept('fine')
  await database.db.messageBody.delete({ where: { messageId: gone } })
  await database.db.messageBody.update({ where: { messageId: cut }, data: { bytes: Buffer.from('cut') } })
  await start()
  await ends(fine, 'delivered')
  for (const id of [gone, cut]) expect(await row(id)).toMatchObject({ state: 'held', reason: 'unreadable' })
})

test('U-04 hold, release, cancel and resend change messages that are not being sent, each with its audit entry', async () => {
  let refuse = true
  const { outbox, start, accept, ends, state } = await world({
    act: (line) => (line.startsWith('RCPT') && refuse ? '550 5.1.1 unknown' : null),
  })
  const [held, cancelled, failed] = [await accept('held'), await accept('cancelled'), await accept('failed')]
  expect(await outbox.hold(caller, { ids: [held] })).toBe(1)
  expect(await outbox.cancel(caller, { ids: [cancelled] })).toBe(1)
  await start()
  await ends(failed, 'failed')
  expect(await state(held)).toBe('held')
  expect(await outbox.resend(caller, { ids: [cancelled] })).toBe(0)
  expect(await outbox.resend(caller, { filter: { states: ['cancelled'] } })).toBe(0)
  expect(await outbox.counts()).toEqual({ queued: 0, sending: 0, held: 1, failed: 1 })
  expect(await outbox.dismiss(caller, { filter: { states: ['failed', 'held'], fault: 'recipient-not-found' } })).toBe(1)
  expect(await outbox.message(failed)).toMatchObject({
    state: 'dismissed',
    reason: 'recipient-not-found',
    hasBody: true,
  })
  expect(await outbox.counts()).toMatchObject({ held: 1, failed: 0 })
  refuse = false
  expect(await outbox.resend(caller, { ids: [failed] })).toBe(1)
  expect(await outbox.release(caller, { filter: { states: ['held'] } })).toBe(1)
  await ends(failed, 'delivered')
  await ends(held, 'delivered')
  const actions = (await database.db.auditEvent.findMany({ orderBy: { sequence: 'asc' } })).map(({ action }) => action)
  expect(actions).toEqual(['message.hold', 'message.cancel', 'message.dismiss', 'message.resend', 'message.release'])
  expect(
    (await outbox.list({ states: ['delivered'] }, { before: null, rows: 10 })).map(({ subject }) => subject),
  ).toEqual(['failed', 'held'])
})

test('R-13 two people change the same messages at once: both lock them in one order, so that no deadlock fails one of them', async () => {
  const { outbox, accept } = await world()
  const [first, second] = [await accept('first'), await accept('second')]
  // Now its row lies behind that of the second, where a statement without an order comes to it last.
  await database.db.message.update({ where: { id: first }, data: { dueAt: new Date(0) } })
  let held: Promise<number> | undefined
  await database.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${first}::uuid FOR UPDATE`
    held = outbox.hold(caller, { ids: [second, first] })
    await expect.poll(() => waitingFor(tx)).toBe(1)
    await tx.$queryRaw`SELECT 1 FROM "Message" WHERE "id" = ${second}::uuid FOR UPDATE NOWAIT`
  })
  expect(await held).toBe(2)
})

test.each<[name: string, filter: MessageFilter, recorded: Record<string, string>]>([
  ['states', { states: ['queued', 'sending'] }, { state: 'queued sending' }],
  ['a period', { since: new Date('2026-01-02T03:04:05Z') }, { since: '2026-01-02T03:04:05.000Z' }],
  [
    'a range',
    { from: new Date('2026-01-02T03:04:00Z'), until: new Date('2099-01-01T00:00:00Z') },
    { from: '2026-01-02T03:04:00.000Z', until: '2099-01-01T00:00:00.000Z' },
  ],
  ['a mail server', { mailServerId: SERVER_ID }, { mailServerId: SERVER_ID }],
  ['a source', { source: 'reminder' }, { source: 'reminder' }],
  ['a person', { originator: 'anna@contoso.example' }, { originator: 'anna@contoso.example' }],
  ['a client', { clientId: SERVER_ID }, { clientId: SERVER_ID }],
  ['a sender', { sender: SENDER }, { sender: SENDER }],
  ['a rule', { rule: NO_RULE }, { rule: NO_RULE }],
  ['a fault', { fault: 'connection-timed-out' }, { fault: 'connection-timed-out' }],
  ['search terms', { terms: ['number', 'one'] }, { text: 'number one' }],
])('the audit entry of a change of all messages by %s says the condition', async (_, filter, recorded) => {
  const { outbox, accept } = await world()
  const id = await accept('number one')
  const values = { originator: 'anna@contoso.example', clientId: SERVER_ID, sender: SENDER, rule: NO_RULE }
  await database.db.message.update({ where: { id }, data: { ...values, lastCode: 'connection-timed-out' } })
  expect(await outbox.hold(caller, { filter })).toBe(1)
  const [entry] = await database.db.auditEvent.findMany()
  expect(entry?.details).toEqual({ count: 1, ...recorded })
})

test('R-05 a worker that is stopped in the middle of an attempt gives back at once what it had claimed besides', async () => {
  const { smtp, start, accept, row } = await world({ act: (line) => (line === 'MESSAGE' ? () => {} : null) })
  const ids: string[] = []
  for (let at = 0; at < 4; at++) ids.push(await accept(`number ${at}`))
  const delivery = await start()
  await expect.poll(() => smtp.commands.includes('DATA')).toBe(true)
  await expect.poll(async () => (await row(ids[3] ?? '')).state).toBe('sending')
  await delivery.stop(50)
  const rows = await Promise.all(ids.map(row))
  const begun = rows.filter(({ begunAt }) => begunAt !== null)
  expect(begun.map(({ state }) => state)).toEqual(begun.map(() => 'sending'))
  expect(rows.filter(({ begunAt }) => begunAt === null).map(({ state, holder }) => ({ state, holder }))).toEqual(
    Array(4 - begun.length).fill({ state: 'queued', holder: null }),
  )
  expect(begun.length).toBeLessThan(4)
})

/** A reminder that is sent as this message. Returns the state of its channel. */
async function remindBy(messageId: string) {
  const [at, id] = [new Date(), newId()]
  const own = { name: 'Administrators', kind: 'mail', createdBy: 'x', createdAt: at, updatedAt: at }
  await database.db.notificationChannel.create({ data: { id, ...own } })
  const due = { expiryVersion: 0, thresholdDays: 0, dueAt: at, deliveryId: newId(), state: 'queued' }
  await database.db.reminder.create({ data: { id: newId(), channelId: id, messageId, week: at, ...due } })
  return () => database.db.notificationChannel.findUniqueOrThrow({ where: { id } })
}

test.each(['GREETING', 'EHLO', 'MAIL', 'RCPT', 'DATA'])(
  'R-05 an attempt that a stop ends while the server has not replied to %s counts neither against the message nor against the server',
  async (stage) => {
    let isSilent = true
    const { smtp, start, accept, ends, row, attempts, outbox, serverRow } = await world({
      act: (line) => {
        if (!isSilent || !line.startsWith(stage)) return null
        return () => {
          isSilent = false
        }
      },
    })
    const id = await accept('one')
    const channel = await remindBy(id)
    const delivery = await start()
    await expect.poll(() => isSilent).toBe(false)
    await delivery.stop(0)
    expect(await row(id)).toMatchObject({ state: 'queued', begunAt: null, attemptCount: 0, interruptions: 0 })
    expect(await row(id)).toMatchObject({ lastCode: null, mayBeDuplicate: false })
    expect(await attempts(id)).toEqual([])
    expect(await serverRow()).toMatchObject({ pausedAt: null })
    expect((await outbox.message(id))?.to).toMatchObject([{ state: 'queued', code: null, reply: null }])
    expect((await channel()).lastFault).toBeNull()
    await start()
    await ends(id, 'delivered')
    expect(smtp.messages).toHaveLength(1)
  },
)

test('R-05 the probe of a paused mail server that a stop ends is due again at the next start', async () => {
  let isSilent = true
  const { start, accept, ends, serverRow } = await world({
    act: (line) => {
      if (!isSilent || line !== 'GREETING') return null
      return () => {
        isSilent = false
      }
    },
  })
  const id = await accept('one')
  const pause = { pausedAt: new Date(), pausedBy: 'diagnosis', pauseCode: 'password-wrong', pauseVersion: 1 }
  await database.db.mailServer.update({ where: { id: SERVER_ID }, data: pause })
  const delivery = await start()
  await expect.poll(() => isSilent).toBe(false)
  await delivery.stop(0)
  expect(await serverRow()).toMatchObject({ pausedBy: 'diagnosis' })
  await start()
  await ends(id, 'delivered')
  await expect.poll(async () => (await serverRow()).pausedAt).toBeNull()
})

/** The default of five seconds is too short for a busy machine. */
const BUSY = { timeout: 60_000 }

test('R-05 a worker that is stopped while its connections claim messages, or wait for their turn to claim, begins none', async () => {
  const { smtp, start, accept } = await world()
  for (let at = 0; at < 6; at++) {
    const id = await accept(`number ${at}`)
    await database.db.message.update({ where: { id }, data: { mailbox: `queue-${at}@contoso.example` } })
  }
  const { stopping } = await database.db.$transaction(async (tx) => {
    // A claim reads it, so that none can end.
    await tx.$executeRaw`LOCK TABLE "PolicyRevision" IN ACCESS EXCLUSIVE MODE`
    const delivery = await start()
    const claiming = () => tx.$queryRaw`SELECT count(*)::int FROM pg_locks l JOIN pg_database d ON d.oid = l.database
      WHERE NOT granted AND datname = current_database()`
    await expect.poll(claiming).toEqual([{ count: 4 }])
    // Each of the others has its rate-limit token, and waits for its turn.
    await expect.poll(() => database.db.rateLimitToken.count({ where: { NOT: { holder: null } } })).toBeGreaterThan(5)
    return { stopping: delivery.stop(5_000) }
  }, BUSY)
  await stopping
  const rows = await database.db.message.findMany({ orderBy: { fence: 'asc' } })
  expect(rows.map(({ fence }) => fence)).toEqual([0, 0, 1, 1, 1, 1])
  for (const row of rows) expect(row).toMatchObject({ state: 'queued', begunAt: null, attemptCount: 0, lastCode: null })
  expect(smtp.connections).toBe(0)
})

/** A mail server that accepts the message that it got last when `answer` is called. */
async function answeringOnRequest(other: NonNullable<SmtpScript['act']> = () => null) {
  const replies: (() => void)[] = []
  const act: SmtpScript['act'] = (line, ...rest) =>
    line === 'MESSAGE' ? (socket) => void replies.push(() => socket.write('250 2.0.0 OK\r\n')) : other(line, ...rest)
  return { ...(await world({ act })), answer: () => replies.pop()?.() }
}

test('R-03 the text of the next message follows its envelope only once the result before it is durable', async () => {
  const { smtp, answer, start, accept, ends, row } = await answeringOnRequest()
  const ids = [await accept('one'), await accept('two')] as const
  await start()
  await expect.poll(() => smtp.messages.length).toBe(1)
  await database.db.$transaction(async (tx) => {
    // A result writes an attempt, so that none can be recorded.
    await tx.$executeRaw`LOCK TABLE "Attempt" IN EXCLUSIVE MODE`
    answer()
    await expect.poll(() => smtp.commands.filter((line) => line === 'DATA').length).toBe(2)
    // Time enough for the text to come.
    for (let at = 0; at < 20; at++) await row(ids[0])
    expect(smtp.messages).toHaveLength(1)
  })
  await expect.poll(() => smtp.messages.length).toBe(2)
  answer()
  for (const id of ids) await ends(id, 'delivered')
  expect(smtp.messages).toHaveLength(2)
  expect(smtp.connections).toBe(1)
})

test.each<[title: string, end: (socket: Socket) => void]>([
  ['closes the connection', (socket) => socket.end('354 go ahead\r\n')],
  ['replies 421', (socket) => socket.write('354 go ahead\r\n421 closing\r\n')],
  ['replies 451', (socket) => socket.write('354 go ahead\r\n451 4.7.0 too slow\r\n')],
])(
  'R-03 a server that %s while the result before it is written is not blamed, and nor is the message',
  async (_, end) => {
    let begun = 0
    const { smtp, answer, start, accept, ends, row, attempts, serverRow } = await answeringOnRequest((line) =>
      line === 'DATA' && ++begun === 2 ? end : null,
    )
    const ids = [await accept('one'), await accept('two')] as const
    await start()
    await expect.poll(() => smtp.messages.length).toBe(1)
    await database.db.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE "Attempt" IN EXCLUSIVE MODE`
      answer()
      // The worker closes its side as well once it has seen what the server did.
      await expect.poll(() => smtp.endedAt).not.toBeNull()
    })
    await expect.poll(() => smtp.messages.length).toBe(2)
    answer()
    await ends(ids[1], 'delivered')
    expect(await attempts(ids[1])).toMatchObject([{ outcome: 'accepted' }])
    expect(await row(ids[1])).toMatchObject({ attemptCount: 1, mayBeDuplicate: false, lastCode: null })
    expect(await serverRow()).toMatchObject({ pausedAt: null })
  },
)

test('R-05 a server that ends the connection while the result before it is written and a stop comes blames neither it nor the message', async () => {
  let begun = 0
  const { smtp, answer, start, accept, row, attempts } = await answeringOnRequest((line) =>
    line === 'DATA' && ++begun === 2 ? (socket) => socket.write('354 go ahead\r\n421 closing\r\n') : null,
  )
  const ids = [await accept('one'), await accept('two')] as const
  const delivery = await start()
  await expect.poll(() => smtp.messages.length).toBe(1)
  const { stopping } = await database.db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "Attempt" IN EXCLUSIVE MODE`
    answer()
    await expect.poll(() => smtp.endedAt).not.toBeNull()
    const stopping = delivery.stop(0)
    // Time enough for the stop to end the attempt.
    for (let at = 0; at < 20; at++) await row(ids[0])
    return { stopping }
  })
  await stopping
  expect(await row(ids[0])).toMatchObject({ state: 'delivered' })
  expect(await row(ids[1])).toMatchObject({ state: 'queued', begunAt: null, attemptCount: 0, lastCode: null })
  expect(await attempts(ids[1])).toEqual([])
})

test('R-03 a message whose text followed its early envelope is not sent again at once when the connection is lost', async () => {
  let texts = 0
  const { smtp, start, accept, row, attempts } = await world({
    act: (line) => (line === 'MESSAGE' && ++texts === 2 ? (socket) => socket.destroy() : null),
  })
  await accept('one')
  const second = await accept('two')
  await start()
  await expect.poll(async () => (await row(second)).attemptCount).toBe(1)
  expect(await row(second)).toMatchObject({ state: 'queued', mayBeDuplicate: true, lastCode: 'connection-lost' })
  expect(await attempts(second)).toMatchObject([{ outcome: 'unknown' }])
  expect(smtp.messages).toHaveLength(2)
  expect(smtp.connections).toBe(1)
})

test('R-03 a message that is cancelled after its envelope was sent is not sent, and the next one is', async () => {
  const { smtp, answer, outbox, start, accept, ends, row } = await answeringOnRequest()
  const ids = [await accept('one'), await accept('two'), await accept('three')] as const
  await start()
  await expect.poll(() => smtp.messages.length).toBe(1)
  expect((await row(ids[1])).state).toBe('sending')
  expect(await outbox.cancel(caller, { ids: [ids[1]] })).toBe(1)
  answer()
  await ends(ids[0], 'delivered')
  await expect.poll(() => smtp.messages.length).toBe(2)
  answer()
  await ends(ids[2], 'delivered')
  expect(await row(ids[1])).toMatchObject({ state: 'cancelled', attemptCount: 0 })
  expect(smtp.messages.some((text) => text.includes('This is two'))).toBe(false)
  expect(await row(ids[2])).toMatchObject({ attemptCount: 1, mayBeDuplicate: false })
})

test('messages that a worker has claimed and not begun are not sent once a person has paused delivery', async () => {
  const { smtp, answer, outbox, start, accept, ends, row } = await answeringOnRequest()
  const ids = [await accept('one'), await accept('two'), await accept('three')] as const
  await start()
  await expect.poll(() => smtp.messages.length).toBe(1)
  expect((await row(ids[2])).state).toBe('sending')
  await outbox.pauseServer(caller, SERVER_ID)
  answer()
  await ends(ids[0], 'delivered')
  for (const id of ids.slice(1)) await ends(id, 'queued')
  expect(smtp.messages).toHaveLength(1)
})

test('a message that a worker has claimed and not begun is sent under the settings that were saved since', async () => {
  const { smtp, answer, start, accept, ends, attempts, row } = await answeringOnRequest()
  const ids = [await accept('one'), await accept('two')] as const
  await start()
  await expect.poll(() => smtp.messages.length).toBe(1)
  expect((await row(ids[1])).state).toBe('sending')
  await database.db.mailServer.update({ where: { id: SERVER_ID }, data: { version: 2 } })
  answer()
  await expect.poll(() => smtp.messages.length).toBe(2)
  answer()
  await ends(ids[1], 'delivered')
  expect(await attempts(ids[1])).toMatchObject([{ version: 2 }])
})

test('the status is Failing after a failed attempt, which a resumption makes a thing of the past, and Off after a person paused delivery', async () => {
  let works = false
  const { outbox, start, accept, ends, row } = await world({
    act: (line) => (line === 'GREETING' && !works ? '421 4.3.2 not now' : null),
  })
  const health = () => readDeliveryHealth(database.db, SERVER_ID, 1)
  expect(await health()).toEqual({ pausedBy: null, failover: null, verifiedBy: null, latestAttempt: null })
  const id = await accept('first')
  const delivery = await start()
  await expect.poll(async () => (await row(id)).attemptCount).toBe(1)
  expect(await health()).toMatchObject({ pausedBy: null, latestAttempt: { failed: true } })
  expect(await readDeliveryHealth(database.db, SERVER_ID, 2)).toMatchObject({ latestAttempt: null })
  await delivery.stop(1_000)
  expect(await health()).toMatchObject({ latestAttempt: { resumedAt: null } })
  await outbox.pauseServer(caller, SERVER_ID)
  await outbox.resumeServer(caller, SERVER_ID)
  expect(await health()).toMatchObject({ latestAttempt: { failed: true, resumedAt: expect.any(Date) } })
  works = true
  await database.db.message.update({ where: { id }, data: { dueAt: new Date() } })
  await start()
  await ends(id, 'delivered')
  expect(await health()).toMatchObject({ latestAttempt: { failed: false, resumedAt: null } })
  expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  const second = await accept('second')
  await outbox.wake()
  await expect.poll(health).toMatchObject({ pausedBy: 'person' })
  expect((await row(second)).fence).toBe(0)
  expect(await outbox.resumeServer(caller, SERVER_ID)).toBe(true)
  await ends(second, 'delivered')
})

test('connections that wait for messages share a burst at once', async () => {
  const held = new Set<Socket>()
  const { start, accept, ends } = await world({
    act: (line) => (line === 'MESSAGE' ? (socket) => held.add(socket) : null),
  })
  const burst = () => Promise.all(Array.from({ length: 30 }, (_, nth) => accept(`number ${nth}`)))
  // The first burst opens the connections, and the second one comes while they are idle.
  for (let nth = 0; nth < 2; nth++) {
    const ids = await burst()
    if (nth === 0) await start()
    await expect.poll(() => held.size, { timeout: nth === 0 ? 10_000 : LINGER_MS - 500 }).toBe(3)
    const answering = setInterval(() => {
      for (const socket of held) socket.write('250 2.6.0 queued\r\n')
      held.clear()
    }, 1)
    for (const id of ids) await ends(id, 'delivered')
    clearInterval(answering)
  }
})

test('a message that comes while all three connections have just claimed none does not wait until they ask again', async () => {
  let looks = 0
  let empty = 0
  let answer = () => {}
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const createStore: typeof createOutboxStore = (...deps) => {
    const store = createOutboxStore(...deps)
    const claim: typeof store.claim = async (...order) => {
      const claimed = await store.claim(...order)
      if (claimed.length > 0) return claimed
      empty++
      await answered
      return claimed
    }
    const dueQueues = async () => {
      const due = await store.dueQueues()
      if (due.length > 0) looks++
      return due
    }
    return { ...store, claim, dueQueues }
  }
  const { start, accept, ends } = await world({}, {}, { createStore })
  await start()
  for (let connections = 1; connections <= 3; connections++) {
    await ends(await accept(`number ${connections}`), 'delivered')
    await expect.poll(() => empty).toBe(connections)
  }
  const before = looks
  const id = await accept('too late')
  await expect.poll(() => looks).toBeGreaterThan(before)
  answer()
  await ends(id, 'delivered', LINGER_MS - 500)
})

test('F-39 after “too many connections” all but one close for a random time in all processes, and no message is lost', async () => {
  let limit = 1
  let open = 0
  const { smtp, outbox, start, accept } = await world({
    act: (line) => {
      if (line === 'GREETING')
        return (socket) => {
          open++
          socket.once('close', () => open--)
          socket.write('220 mail.litware.example\r\n')
        }
      return line.startsWith('MAIL') && open > limit
        ? '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded'
        : null
    },
  })
  const ids = await Promise.all(Array.from({ length: 60 }, (_, at) => accept(`number ${at}`)))
  await start()
  await expect.poll(() => database.db.rateLimitToken.count({ where: { NOT: { closedUntil: null } } })).toBe(2)
  const closed = await database.db.rateLimitToken.findMany({ where: { NOT: { closedUntil: null } } })
  for (const { closedUntil, slot } of closed) {
    expect(slot).toBeGreaterThan(0)
    expect((closedUntil?.getTime() ?? 0) - Date.now()).toBeGreaterThan(20_000)
  }
  limit = 3
  const left = async () => {
    await database.db.message.updateMany({ where: { state: 'queued' }, data: { dueAt: new Date() } })
    const { queued, sending } = await outbox.counts()
    return queued + sending
  }
  await expect.poll(left, { timeout: 40_000, interval: 500 }).toBe(0)
  expect(smtp.messages).toHaveLength(ids.length)
}, 60_000)

test('an error of our own on the way to the server ends in a recorded attempt, and the message waits longer each time', async () => {
  const errors: unknown[] = []
  const log = { ...quiet, error: (_: string, fields?: { error?: unknown }) => void errors.push(fields?.error) }
  const throwing = () => {
    throw new TypeError('canary-of-a-bug')
  }
  const { start, accept, attempts, row } = await world({}, { token: throwing, log })
  const id = await accept('one')
  await start()
  await expect.poll(async () => (await row(id)).attemptCount).toBe(1)
  const waiting = await row(id)
  expect(waiting).toMatchObject({ state: 'queued', lastCode: 'unrecognised', mayBeDuplicate: false })
  expect(waiting.dueAt?.getTime()).toBeGreaterThan(Date.now() + 30_000)
  const [attempt] = await attempts(id)
  expect(attempt).toMatchObject({ outcome: 'failed', stage: 'connect', code: 'unrecognised' })
  expect(attempt?.reply).toContain('TypeError')
  expect(attempt?.reply).not.toContain('canary')
  expect(errors).toEqual([expect.any(TypeError)])
})

test('a result that the database refuses is written again until it is stored, and the log has one error', async () => {
  const errors: string[] = []
  const { smtp, start, accept, ends } = await world({}, { log: { ...quiet, error: (text) => void errors.push(text) } })
  await database.db.$executeRaw`ALTER TABLE "Attempt" ADD CONSTRAINT refused CHECK (false) NOT VALID`
  const id = await accept('one')
  await start()
  await expect.poll(() => errors).toEqual(['a delivery cannot write to the database'])
  await database.db.$executeRaw`ALTER TABLE "Attempt" DROP CONSTRAINT refused`
  await ends(id, 'delivered')
  expect(smtp.messages).toHaveLength(1)
  expect(errors).toHaveLength(1)
})

test('R-10 while only the table of results is locked, the log says why a delivery waits, and nothing is sent twice', async () => {
  const lines: string[] = []
  const log = { ...quiet, warn: (text: string) => void lines.push(text) }
  const db = createDb(new Redacted(database.url), testChainKeys, 0.05)
  onTestFinished(() => db.$disconnect())
  const { smtp, start, accept, ends } = await world({}, { log, database: { ...database, db } })
  const id = await accept('one')
  await database.db.$transaction(async (tx) => {
    await tx.$executeRaw`LOCK TABLE "Attempt" IN EXCLUSIVE MODE`
    await start()
    await expect.poll(() => lines, { timeout: 5_000 }).toContain('a delivery cannot write to the database')
  })
  await ends(id, 'delivered')
  expect(smtp.messages).toHaveLength(1)
})

test('an error of our own after the server accepted the message is recorded as an attempt of unknown outcome', async () => {
  let hasThrown = false
  const crash = (point: string) => {
    if (point !== 'after-250' || hasThrown) return
    hasThrown = true
    throw new Error('canary-of-a-bug')
  }
  const { start, accept, attempts, row } = await world({}, {}, { crash })
  const id = await accept('one')
  await start()
  await expect.poll(async () => (await row(id)).attemptCount).toBe(1)
  expect(await row(id)).toMatchObject({ state: 'queued', mayBeDuplicate: true, lastCode: 'unrecognised' })
  expect(await attempts(id)).toMatchObject([{ outcome: 'unknown', code: 'unrecognised' }])
})

test('F-38 R-06 a busy server gets no connections for a while, and waiting messages are not attempted one by one', async () => {
  const { smtp, start, accept, row } = await world({
    act: (line) => (line === 'GREETING' ? '421 4.3.2 Service not available' : null),
  })
  const ids = await Promise.all(Array.from({ length: 12 }, (_, at) => accept(`number ${at}`)))
  await start()
  await expect
    .poll(async () => (await Promise.all(ids.map(row))).filter(({ attemptCount }) => attemptCount > 0).length)
    .toBeGreaterThan(0)
  expect(smtp.connections).toBeLessThanOrEqual(3)
  await expect.poll(async () => (await Promise.all(ids.map(row))).every(({ state }) => state === 'queued')).toBe(true)
  expect((await Promise.all(ids.map(row))).filter(({ attemptCount }) => attemptCount > 0).length).toBeLessThanOrEqual(3)
})

test('R-22 F-65 after a token request failed, the next attempt of the queue requests a new token, since the cached failure has expired', () => {
  expect(queuePauseMs(1, 0)).toBeGreaterThan(FAILURE_REUSED_MS)
})
