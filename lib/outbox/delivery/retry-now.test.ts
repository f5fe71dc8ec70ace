import { expect, onTestFinished, test } from 'vitest'
import { testAuthority } from '../../../tests/support/certificates'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller as mailCaller } from '../../../tests/support/mail-server'
import { aMessage, type OutboxWorld, outboxAt, SERVER_ID } from '../../../tests/support/outbox'
import { type SmtpScript, startSmtp } from '../../../tests/support/servers'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { HOUR_MS, newId } from '../../kernel'
import { resumeAfterTest } from '../../mail-server/store/pauses'
import { listServers } from '../../mail-server/store/servers'
import type { MessageSource } from '../message'

const { actor, origin } = mailCaller
const caller = { actor, origin }
/** Shorter than any pause of a queue that failed, which is at least 12 seconds. */
const PATIENCE_MS = 9_000
const database = databaseOfEach()

/** The console's process and the worker's, which share only the database. */
async function world(script: SmtpScript = {}, more: Partial<OutboxWorld> = {}) {
  const smtp = await untilTestEnds(startSmtp({ security: 'none', ...script }))
  const at = { database, port: smtp.port, ...more }
  const [outbox, worker] = [await outboxAt(at), await outboxAt(at)]
  return {
    smtp,
    outbox,
    async accept(subject: string, source: MessageSource = 'reminder') {
      const accepted = await outbox.accept({ ...(await aMessage(subject)), source })
      if (!accepted.ok) throw new Error(accepted.error)
      return accepted.value.id
    },
    async start() {
      const delivery = await worker.deliver()
      onTestFinished(() => delivery.stop(1_000))
    },
    ends: (id: string, state: string) =>
      expect.poll(async () => (await outbox.message(id))?.state, { timeout: PATIENCE_MS }).toBe(state),
    row: (id: string) => database.db.message.findUniqueOrThrow({ where: { id } }),
  }
}

/** A mail server that is busy until it is fixed. Its connections failed once, and the worker is waiting because of that. */
async function waitingOut() {
  let isFixed = false
  const waiting = await world({ act: (line) => (line === 'GREETING' && !isFixed ? '421 4.3.2 not now' : null) })
  const tried = await waiting.accept('tried')
  await waiting.start()
  await expect.poll(async () => (await waiting.row(tried)).attemptCount, { timeout: PATIENCE_MS }).toBe(1)
  isFixed = true
  return { ...waiting, tried }
}

const auditOf = (action: string) => database.db.auditEvent.findMany({ where: { action } })

test('R-06 “retry now” attempts a deferred message at once, although its mail server failed a moment ago', async () => {
  const { outbox, tried, row, ends } = await waitingOut()
  const { dueAt, expiresAt } = await row(tried)
  expect(dueAt.getTime() - Date.now()).toBeGreaterThan(30_000)
  expect(await outbox.retryNow(caller, { ids: [tried] })).toBe(1)
  await ends(tried, 'delivered')
  expect(await row(tried)).toMatchObject({ attemptCount: 2, expiresAt })
  expect(await auditOf('message.try-now')).toMatchObject([{ subject: `message:${tried}`, details: { count: 1 } }])
})

const fixes: Record<string, (waiting: Awaited<ReturnType<typeof waitingOut>>, next: string) => Promise<unknown>> = {
  'all waiting messages are retried': ({ outbox }) => outbox.retryNow(caller, { filter: { states: ['queued'] } }),
  async 'a person resumes the mail server'({ outbox }) {
    await outbox.pauseServer(caller, SERVER_ID)
    await outbox.resumeServer(caller, SERVER_ID)
  },
  async 'a held message is released'({ outbox }, next) {
    await outbox.hold(caller, { ids: [next] })
    await outbox.release(caller, { ids: [next] })
  },
  async 'a failed message is resent'({ outbox }, next) {
    const failed = { state: 'failed', endedAt: new Date() }
    await database.db.message.update({ where: { id: next }, data: failed })
    await outbox.resend(caller, { ids: [next] })
  },
  'a connection test succeeds': () =>
    database.db.$transaction((tx) => resumeAfterTest(tx, { id: SERVER_ID, pausedBy: null }, new Date())),
  'other settings or a new secret are saved': () =>
    database.db.mailServer.update({ where: { id: SERVER_ID }, data: { version: 2 } }),
}

for (const [name, fix] of Object.entries(fixes))
  test(`R-06 a worker stops waiting after failed connections once ${name}`, async () => {
    const waiting = await waitingOut()
    const next = await waiting.accept('next')
    await fix(waiting, next)
    await waiting.ends(next, 'delivered')
  })

test('“retry now” sends the chosen messages first, in their own order', async () => {
  const { smtp, outbox, accept, start, ends } = await world()
  const ids: string[] = []
  for (const subject of ['one', 'two', 'three', 'four']) ids.push(await accept(subject))
  const [, two = '', , four = ''] = ids
  expect(await outbox.retryNow(caller, { ids: [four, two] })).toBe(2)
  await start()
  for (const id of ids) await ends(id, 'delivered')
  const subjects = smtp.messages.map((text) => /^Subject: (\w+)/m.exec(text)?.[1])
  expect(subjects).toEqual(['two', 'four', 'one', 'three'])
})

test('F-10 “retry now” probes a paused mail server with one message, and its result decides for all', async () => {
  const authority = await testAuthority()
  let isFixed = false
  const { smtp, outbox, accept, start, ends } = await world(
    {
      security: 'starttls',
      identity: await authority.certify(),
      act: (line) =>
        line.startsWith('AUTH') && !isFixed
          ? '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.'
          : null,
    },
    { token: () => 'token', ca: authority.certificate },
  )
  const [first, second] = [await accept('first'), await accept('second')]
  const pause = async () => (await listServers(database.db))[0]?.pause ?? null
  const logins = () => smtp.commands.filter((line) => line.startsWith('AUTH')).length
  /** The server is paused, with the stage for its commands, and both messages are queued again. */
  const waits = () =>
    expect
      .poll(async () => [(await pause())?.stage, (await outbox.counts()).queued], { timeout: PATIENCE_MS })
      .toEqual(['auth', 2])
  await start()
  await waits()
  const before = logins()
  expect(await outbox.retryNow(caller, { ids: [second] })).toBe(1)
  await expect.poll(logins, { timeout: PATIENCE_MS }).toBe(before + 2)
  await waits()
  isFixed = true
  expect(await outbox.retryNow(caller, { ids: [second] })).toBe(1)
  await ends(second, 'delivered')
  await ends(first, 'delivered')
  await expect.poll(pause, { timeout: PATIENCE_MS }).toBeNull()
})

test('a notification whose attempt paused the mail server at its login is sent first when delivery resumes', async () => {
  const authority = await testAuthority()
  let isFixed = false
  const { smtp, outbox, accept, start, ends, row } = await world(
    {
      security: 'starttls',
      identity: await authority.certify(),
      act: (line) => (line.startsWith('AUTH') && !isFixed ? '535 5.7.3 Authentication unsuccessful' : null),
    },
    { token: () => 'token', ca: authority.certificate },
  )
  const ids = [await accept('one', 'smtp'), await accept('two', 'smtp'), await accept('notification')]
  const [one = '', , notification = ''] = ids
  await start()
  const pause = async () => (await listServers(database.db))[0]?.pause ?? null
  await expect.poll(pause, { timeout: PATIENCE_MS }).toMatchObject({ by: 'diagnosis' })
  await expect.poll(async () => (await outbox.counts()).queued, { timeout: PATIENCE_MS }).toBe(3)
  expect((await row(notification)).dueAt.getTime()).toBeLessThan((await row(one)).dueAt.getTime())
  isFixed = true
  await outbox.resumeServer(caller, SERVER_ID)
  for (const id of ids) await ends(id, 'delivered')
  const subjects = smtp.messages.map((text) => /^Subject: (\w+)/m.exec(text)?.[1])
  expect(subjects).toEqual(['notification', 'one', 'two'])
})

test('R-06 a probe for which no connection is free stays due, and delivers as soon as one is', async () => {
  const { outbox, accept, start, ends } = await world()
  const id = await accept('probe')
  const { db } = database
  const pause = { pausedAt: new Date(), pausedBy: 'diagnosis', pauseCode: 'secret-expired', pauseVersion: 1 }
  await db.mailServer.update({ where: { id: SERVER_ID }, data: { ...pause, nextProbeAt: new Date(0) } })
  const busy = { mailServerId: SERVER_ID, mailbox: '', kind: 'connection', freeAt: new Date(Date.now() + HOUR_MS) }
  await db.rateLimitToken.createMany({ data: [0, 1, 2].map((slot) => ({ ...busy, slot, holder: newId() })) })
  await start()
  const probedAt = async () => (await db.mailServer.findUniqueOrThrow({ where: { id: SERVER_ID } })).nextProbeAt
  await expect.poll(async () => Number(await probedAt()), { timeout: PATIENCE_MS }).toBeGreaterThan(0)
  await db.rateLimitToken.updateMany({ data: { freeAt: new Date() } })
  await outbox.wake()
  await ends(id, 'delivered')
})

test('“retry now” respects a pause by a person and leaves held or ended messages alone', async () => {
  const { smtp, outbox, accept, start, ends } = await world()
  expect(await outbox.pauseServer(caller, SERVER_ID)).toBe(true)
  const [waiting, held, cancelled] = [await accept('waiting'), await accept('held'), await accept('cancelled')]
  await outbox.hold(caller, { ids: [held] })
  await outbox.cancel(caller, { ids: [cancelled] })
  await start()
  expect(await outbox.retryNow(caller, { ids: [waiting, held, cancelled] })).toBe(1)
  expect(smtp.connections).toBe(0)
  expect((await listServers(database.db))[0]?.pause).toMatchObject({ by: 'admin@contoso.example' })
  await outbox.resumeServer(caller, SERVER_ID)
  await ends(waiting, 'delivered')
  expect((await outbox.message(held))?.state).toBe('held')
})
