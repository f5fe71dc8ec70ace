import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { type ApiWorldOptions, apiWorld, observedAnswers } from '../../../tests/support/api-server'
import { databaseOfEach } from '../../../tests/support/each-database'
import { caller } from '../../../tests/support/mail-server'
import { outboxAt } from '../../../tests/support/outbox'
import { startSmtp } from '../../../tests/support/servers'
import { SmtpTalk } from '../../../tests/support/smtp-talk'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { checked } from '../../../tests/support/wire-safe'
import { quiet } from '../../../tests/support/world'
import { FREE_GUESSES } from '../../access/rate-limits'
import { chainKeysOf, createDb } from '../../db'
import { DAY_MS, MINUTE_MS, newId, systemClock } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { removeExpired } from '../../operations/clean-up'
import { BOUNDS } from '../../outbox/capacity'
import { writeMessageTexts } from '../../outbox/store/search'
import type { Client } from '../client'
import { createSubmission, type SubmitDeps } from '../submit'
import { API_OPERATIONS, openApiDocument, problemSchema } from './openapi'
import { listSchema, messageSchema } from './schemas'
import { sendMessage } from './send'

const database = databaseOfEach()
afterEach(() => void vi.useRealTimers())

async function world(options: Partial<ApiWorldOptions> = {}) {
  const it = await untilTestEnds(apiWorld({ database, ...options }))
  const key = async (fields: Parameters<typeof it.client>[0] = {}) =>
    it.client({ name: 'Billing', senders: 'billing@contoso.example', scopes: 'send,read', ...fields }, 'api-key')
  return { ...it, key }
}

const MAIL = { to: 'anna@fabrikam.example', subject: 'Rechnung 17 – Grüße', text: 'Guten Tag\n.\n' }

test('R-01 a message is in the outbox when it is answered with 202, and goes out as it was given', async () => {
  const smtp = await untilTestEnds(startSmtp({ security: 'none' }))
  const it = await world({ port: smtp.port })
  const { id: clientId, secret } = await it.key()
  const pdf = Buffer.from([0, 255, 13, 10, 46, 10])
  const sent = await it.call('/messages', {
    key: secret,
    body: {
      ...MAIL,
      cc: ['ben@fabrikam.example'],
      bcc: 'audit@contoso.example',
      replyTo: 'team@contoso.example',
      html: '<p>Hallo</p>',
      headers: { 'X-Invoice': '17' },
      attachments: [
        { filename: 'Rechnung ü.pdf', contentType: 'application/pdf', contentBase64: pdf.toString('base64') },
      ],
    },
  })
  expect(sent).toMatchObject({ status: 202, body: { status: 'queued' } })
  const row = await database.db.message.findFirstOrThrow()
  expect(row).toMatchObject({
    id: sent.body.id,
    source: 'api',
    clientId,
    originator: 'billing@contoso.example',
    subject: MAIL.subject,
  })
  const delivery = await it.outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => smtp.messages.length).toBe(1)
  const text = smtp.messages[0] ?? ''
  expect(text).toMatch(/^From: Contoso <noreply@contoso\.example>\r\nReply-To: team@contoso\.example\r\nReceived: /)
  expect(text).toContain('\r\nX-Invoice: 17\r\n')
  expect(text).toContain('\r\nCc: ben@fabrikam.example\r\n')
  expect(text).toContain(pdf.toString('base64'))
  expect(text).not.toMatch(/audit@|^bcc:/im)
  const read = async () => messageSchema.parse((await it.call(`/messages/${sent.body.id}`, { key: secret })).body)
  await expect.poll(async () => (await read()).status).toBe('delivered')
  const delivered = (address: string) => ({ address, status: 'delivered', code: null, reply: expect.any(String) })
  expect(await read()).toMatchObject({
    nextAttemptAt: null,
    endedAt: expect.any(String),
    recipients: ['anna@fabrikam.example', 'ben@fabrikam.example', 'audit@contoso.example'].map(delivered),
    attempts: [{ outcome: 'accepted', code: null }],
  })
})

test('the answer about a message has its newest 50 attempts, newest first', async () => {
  const it = await world()
  const { secret } = await it.key()
  const { id } = (await it.call('/messages', { key: secret, body: MAIL })).body
  const attempt = { messageId: id, at: new Date(), durationMs: 1, mailServerId: newId(), version: 1, decision: {} }
  const fences = Array.from({ length: 51 }, (_, at) => at + 1)
  await database.db.attempt.createMany({
    data: fences.map((fence) => ({ ...attempt, fence, recipients: 1, outcome: 'failed', code: `code-${fence}` })),
  })
  const { attempts } = messageSchema.parse((await it.call(`/messages/${id}`, { key: secret })).body)
  expect(attempts.map(({ code }) => code)).toEqual(
    fences
      .slice(1)
      .reverse()
      .map((fence) => `code-${fence}`),
  )
})

test('a finished message goes to the addresses of its header, unchanged but for what sending needs', async () => {
  const it = await world()
  const { secret } = await it.key()
  const post = (text: string) =>
    it.call('/messages', { key: secret, body: text, headers: { 'content-type': 'message/rfc822' } })
  const head = 'From: B <billing@contoso.example>\r\nTo: "A, b" <anna@fabrikam.example>, ben@fabrikam.example\r\n'
  const other = 'Sender: boss@contoso.example\r\nResent-From: boss@contoso.example\r\n'
  const sent = await post(`${head}${other}Bcc: audit@contoso.example\r\nSubject: s\r\n\r\nx\r\n`)
  expect(sent.status).toBe(202)
  const { bytes } = await database.db.messageBody.findFirstOrThrow()
  expect(Buffer.from(bytes).toString()).toMatch(
    /^Received: [\s\S]*\r\nTo: "A, b" <anna[^\r]*\r\nSubject: s\r\n\r\nx\r\n$/,
  )
  const to = await database.db.recipient.findMany({ orderBy: { position: 'asc' } })
  expect(to.map(({ address }) => address)).toEqual([
    ...['anna@fabrikam.example', 'ben@fabrikam.example', 'audit@contoso.example'],
  ])
  expect(await post(`${head.replace('billing', 'boss')}\r\nx\r\n`)).toMatchObject({
    status: 403,
    body: { code: 'sender-not-allowed' },
  })
  expect(await post('From: billing@contoso.example\r\nTo: list: a@b.example;\r\n\r\nx\r\n')).toMatchObject({
    status: 400,
    body: { code: 'recipient-invalid' },
  })
  expect(await post(`${head}\r\nx\ny\r\n`)).toMatchObject({ status: 400, body: { code: 'line-ending' } })
  expect(await post(`${head}\r\nx\r\n`.replaceAll('\r', ''))).toMatchObject({ body: { code: 'line-ending' } })
  expect(await post(`${head}no field\r\nBcc: audit@contoso.example\r\n\r\nx\r\n`)).toMatchObject({
    status: 400,
    body: { code: 'bcc-visible' },
  })
  expect(await post(`${'X-A: b\r\n'.repeat(1_001)}${head}\r\nx\r\n`)).toMatchObject({
    status: 400,
    body: { code: 'too-many-headers' },
  })
  expect(await post(`To: ${'a'.repeat(24 * 1024 ** 2)}\r\n\r\nx\r\n`)).toMatchObject({
    body: { code: 'line-too-long' },
  })
  expect(
    await post('To: undisclosed-recipients:;\r\nBcc: anna@fabrikam.example\r\nSubject: s\r\n\r\nx\r\n'),
  ).toMatchObject({ status: 202 })
})

test('a repeated request gets the same answer, also while nothing more is accepted and after the message was delivered', async () => {
  const it = await world({ overrides: { bounds: { ...BOUNDS, messages: 1 } } })
  const { secret } = await it.key({ scopes: 'send' })
  const send = () => it.call('/messages', { key: secret, body: { ...MAIL, idempotencyKey: 'order-16' } })
  const { status, body } = await send()
  expect(await send()).toMatchObject({ status, body: { id: body.id, status: 'queued' } })
  await database.db.message.updateMany({ data: { state: 'delivered', endedAt: new Date() } })
  expect(await send()).toMatchObject({ status, body: { id: body.id, status: 'queued' } })
})

test('a request that is repeated after seven days is a new one', async () => {
  const it = await world()
  const { secret } = await it.key({ scopes: 'send' })
  const sentAfter = async (ms: number) => {
    await removeExpired(database.db, new Date(Date.now() + ms))
    return (await it.call('/messages', { key: secret, body: { ...MAIL, idempotencyKey: 'order-16' } })).body.id
  }
  const id = await sentAfter(0)
  expect(await sentAfter(7 * DAY_MS - MINUTE_MS)).toBe(id)
  const other = await sentAfter(7 * DAY_MS + MINUTE_MS)
  expect(other).toMatch(/^[0-9a-f-]{36}$/)
  expect(other).not.toBe(id)
})

test('R-13 twenty equal posts at once make one message, and each gets its id; another body gets 409', async () => {
  const it = await world()
  const { secret } = await it.key()
  const send = (body: object, key = 'Order-17:retry') =>
    it.call('/messages', { key: secret, body, headers: { 'idempotency-key': key } })
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(MAIL)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(await database.db.message.count()).toBe(1)
  expect(await send({ ...MAIL, text: 'other' })).toMatchObject({
    status: 409,
    body: { code: 'idempotency-key-reused' },
  })
  const headers = { 'idempotency-key': 'Order-17:retry', 'content-type': 'message/rfc822' }
  expect(await it.call('/messages', { key: secret, body: MAIL, headers })).toMatchObject({ status: 409 })
  for (const key of ['order-17:retry', 'order-18']) expect((await send(MAIL, key)).status).toBe(202)
  expect(await it.call('/messages', { key: secret, body: { ...MAIL, idempotencyKey: 'order-19' } })).toMatchObject({
    status: 202,
  })
  expect(await send({ ...MAIL, idempotencyKey: 'order-19' })).toMatchObject({
    status: 400,
    body: { code: 'idempotency-key-invalid' },
  })
  for (const key of ['', 'order 20', 'Größe', 'k'.repeat(256)])
    expect(await send(MAIL, key), key).toMatchObject({ status: 400, body: { code: 'idempotency-key-invalid' } })
  const another = await it.key({ name: 'Another' })
  expect(
    await it.call('/messages', { key: another.secret, body: MAIL, headers: { 'idempotency-key': 'order-18' } }),
  ).toMatchObject({
    status: 202,
  })
  expect(await database.db.message.count()).toBe(5)
})

test('M-15 a key sees and cancels its own messages only, and does only what its scopes allow', async () => {
  const it = await world()
  const own = await it.key()
  const other = await it.key({ name: 'Other' })
  const sender = await it.key({ name: 'Sender', scopes: 'send' })
  const { id } = (await it.call('/messages', { key: own.secret, body: MAIL })).body
  for (const [path, method] of [
    [`/messages/${id}`, 'GET'],
    [`/messages/${id}/cancel`, 'POST'],
    ['/messages/1', 'GET'],
  ] as const)
    expect(await it.call(path, { key: other.secret, method })).toMatchObject({
      status: 404,
      body: { code: 'message-not-found' },
    })
  expect((await it.call('/messages', { key: other.secret })).body).toEqual({ messages: [], nextCursor: null })
  const refused = await it.call(`/messages/${id}`, { key: sender.secret })
  expect(refused).toMatchObject({ status: 403, body: { code: 'scope-missing' } })
  expect(refused.headers.get('www-authenticate')).toBe(
    'Bearer realm="Postroom", error="insufficient_scope", scope="read"',
  )
  expect((await it.call('/messages', {})).headers.get('www-authenticate')).toBe('Bearer realm="Postroom"')
  for (const { headers } of [refused, await it.call(`/messages/${id}`, { key: own.secret })])
    expect(headers.get('cache-control')).toBe('no-store')
  const cancelled = await it.call(`/messages/${id}/cancel`, { key: own.secret, method: 'POST' })
  expect(cancelled).toMatchObject({ status: 200, body: { id, status: 'cancelled', outcomeUnknown: false } })
  const stored = await database.db.message.update({ where: { id }, data: { mayBeDuplicate: true } })
  expect(stored.reason).toBe('by-client')
  expect((await it.call(`/messages/${id}`, { key: own.secret })).body).toMatchObject({ outcomeUnknown: true })
  expect((await it.call(`/messages/${id}/cancel`, { key: own.secret, method: 'POST' })).status).toBe(200)
  const entry = await database.db.auditEvent.findFirstOrThrow({ where: { action: 'message.cancel' } })
  expect(entry).toMatchObject({ subject: `message:${id}`, address: '127.0.0.1' })
  const ended = (await it.call('/messages', { key: own.secret, body: MAIL })).body
  for (const state of ['delivered', 'failed', 'dismissed']) {
    await database.db.message.update({ where: { id: ended.id }, data: { state } })
    expect(await it.call(`/messages/${ended.id}/cancel`, { key: own.secret, method: 'POST' })).toMatchObject({
      status: 409,
      body: { code: 'too-late' },
    })
    expect(await database.db.messageBody.count({ where: { messageId: ended.id } })).toBe(1)
  }
  const failed = await it.call('/messages?status=failed', { key: own.secret })
  expect(failed.body.messages).toMatchObject([{ id: ended.id, status: 'failed' }])
})

test('R-03 a message that is cancelled during delivery is either never sent or answered with too-late', async () => {
  const waiting: Socket[] = []
  let holds = true
  const smtp = await untilTestEnds(
    startSmtp({
      security: 'none',
      act: (line) => (line === 'MESSAGE' && holds ? (socket) => void waiting.push(socket) : null),
    }),
  )
  const it = await world({ port: smtp.port })
  const { secret } = await it.key()
  const subjects = Array.from({ length: 12 }, (_, nth) => `Number ${nth}.`)
  const send = (subject: string) => it.call('/messages', { key: secret, body: { ...MAIL, subject } })
  const sent = await Promise.all(subjects.map(async (subject) => ({ subject, id: (await send(subject)).body.id })))
  const delivery = await it.outbox.deliver()
  onTestFinished(() => delivery.stop(1_000))
  await expect.poll(() => waiting.length).toBeGreaterThan(0)
  const cancelled = await Promise.all(
    sent.map(({ id }) => it.call(`/messages/${id}/cancel`, { key: secret, method: 'POST' })),
  )
  holds = false
  for (const socket of waiting) socket.write('250 2.0.0 OK\r\n')
  const states = async () => {
    const rows = await database.db.message.findMany()
    return sent.map(({ id }) => rows.find((row) => row.id === id)?.state)
  }
  const expected = cancelled.map(({ status, body }) => {
    if (status === 200) return 'cancelled'
    expect(body.code).toBe('too-late')
    return 'delivered'
  })
  expect(new Set(expected)).toEqual(new Set(['cancelled', 'delivered']))
  await expect.poll(states).toEqual(expected)
  const arrived = sent.map(({ subject }) => smtp.messages.some((text) => text.includes(`Subject: ${subject}\r\n`)))
  expect(arrived).toEqual(expected.map((state) => state === 'delivered'))
})

test('the list has a filter and pages, newest first, which have each message once although more arrive', async () => {
  const it = await world()
  const { secret } = await it.key()
  const ids: string[] = []
  for (let count = 0; count < 5; count++) ids.unshift((await it.call('/messages', { key: secret, body: MAIL })).body.id)
  const allIds: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await it.call(`/messages?limit=2${cursor && `&cursor=${cursor}`}`, { key: secret })
    const { messages, nextCursor } = listSchema.parse(page.body)
    allIds.push(...messages.map((message) => message.id))
    cursor = nextCursor
    expect((await it.call('/messages', { key: secret, body: MAIL })).status).toBe(202)
  }
  expect(allIds).toEqual(ids)
  expect((await it.call('/messages?status=failed', { key: secret })).body.messages).toEqual([])
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=1', 'status=dismissed'])
    expect(await it.call(`/messages?${query}`, { key: secret })).toMatchObject({
      status: 400,
      body: { code: 'query-invalid' },
    })
  expect(await it.call('/messages?limit=2&limit=3', { key: secret })).toMatchObject({
    body: { code: 'query-invalid', detail: expect.stringContaining('The parameter limit has no valid value, or more') },
  })
  const { body } = await it.call('/messages?status=dismissed', { key: secret })
  expect(body.title).toBe('Invalid parameter')
  expect(body.detail).toMatch(
    /^The parameter status has no valid value, or more than one\. Use a limit from 1 to 100, /,
  )
})

test('W-03 a request with a parameter that it does not have is refused by its name, and does nothing', async () => {
  const it = await world()
  const { secret } = await it.key()
  const { id } = (await it.call('/messages', { key: secret, body: MAIL })).body
  for (const [path, parameter, body] of [
    ['/messages?limit=1&before=2', 'before'],
    ['/messages?dryRun=true', 'dryRun', MAIL],
    [`/messages/${id}?fields=status`, 'fields'],
    [`/messages/${id}/cancel?Limit=1`, 'Limit', {}],
  ] as const)
    expect(await it.call(path, { key: secret, body }), path).toMatchObject({
      status: 400,
      body: {
        code: 'query-unknown',
        detail: expect.stringMatching(`^This request takes no parameter ${parameter}\\. Use`),
      },
    })
  expect(await database.db.message.findMany()).toMatchObject([{ id, state: 'queued' }])
  const twice = `{"to":"ben@fabrikam.example",${JSON.stringify(MAIL).slice(1)}`
  expect(await it.call('/messages', { key: secret, body: twice })).toMatchObject({
    status: 422,
    body: { code: 'body-invalid', errors: [{ field: 'to', problem: 'more than once in the same object' }] },
  })
})

test('a message for two mail servers has the time of the next attempt at the one that is not paused', async () => {
  const it = await world()
  const { secret } = await it.key()
  const { id } = (await it.call('/messages', { key: secret, body: MAIL })).body
  const later = new Date(Date.now() + 3_600_000)
  const otherQueues = { create: { mailServerId: newId(), dueAt: later } }
  const { dueAt } = await database.db.message.update({ where: { id }, data: { otherQueues } })
  const next = async () => (await it.call(`/messages/${id}`, { key: secret })).body.nextAttemptAt
  expect(await next()).toBe(dueAt.toISOString())
  await database.db.mailServer.updateMany({ data: { pausedAt: new Date(), pausedBy: 'it@contoso.example' } })
  expect(await next()).toBe(later.toISOString())
})

test('A-11 only a key that is known, valid and used from its networks is let in, at once and without detail', async () => {
  const it = await world()
  const { id, secret } = await it.key()
  const code = async (key: string | undefined, more = {}) => {
    const answer = await it.call('/messages', { ...(key !== undefined && { key }), ...more })
    if (answer.status !== 200) problemSchema.parse(answer.body)
    return `${answer.status} ${answer.body.code ?? ''}`
  }
  expect(await code(secret)).toBe('200 ')
  expect(await code(undefined, { body: { ...MAIL, userId: id } })).toBe('401 key-wrong')
  expect(await code(undefined, { headers: { cookie: `key=${secret}`, 'x-api-key': secret } })).toBe('401 key-wrong')
  await expect.poll(async () => (await it.submission.clients.read(id))?.lastAddress).toBe('127.0.0.1')
  await database.db.client.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } })
  expect(await code(secret)).toBe('401 key-expired')
  await database.db.client.update({ where: { id }, data: { expiresAt: null, networks: ['192.0.2.0/24'] } })
  expect(await code(secret)).toBe('403 network-not-allowed')
  await database.db.client.update({ where: { id }, data: { networks: [] } })
  await it.submission.clients.disable(caller, id)
  expect(await code(secret)).toBe('403 client-disabled')
  await expect.poll(async () => (await it.submission.clients.read(id))?.lastError).toBe('client-disabled')
  await it.submission.clients.enable(caller, id)
  expect(await it.submission.clients.read(id)).toMatchObject({ lastError: null, lastErrorAt: null })
  const { host } = new URL(it.origin)
  for (const [forwarded, answer] of [
    ['attacker.example', '421 wrong-host'],
    [`${host}, attacker.example`, '421 wrong-host'],
    [`${host}, ${host}`, '200 '],
  ] as const)
    expect(await code(secret, { headers: { 'x-forwarded-host': forwarded } }), forwarded).toBe(answer)
  await it.submission.clients.remove(caller, id)
  expect(await code(secret)).toBe('401 key-wrong')
})

test('A-11 a key that is revoked or changed while the body of its message arrives does not send that message', async () => {
  const it = await world()
  const { id, secret } = await it.key()
  const answerAfter = async (change: () => Promise<unknown>) => {
    const body = new ReadableStream({
      async pull(controller) {
        await change()
        controller.enqueue(Buffer.from(JSON.stringify(MAIL)))
        controller.close()
      },
    })
    const headers = {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      host: new URL(it.origin).host,
    }
    const request = new Request(`${it.origin}/api/v1/messages`, {
      method: 'POST',
      ...{ headers, body, duplex: 'half' },
    } as RequestInit)
    const call = { request, address: '127.0.0.1', requestId: 'slow', param: '' }
    const answer = await it.api.handle(sendMessage, call)
    return `${answer.status} ${(await answer.json()).code ?? ''}`
  }
  const update = (data: object) => () => database.db.client.update({ where: { id }, data })
  expect(await answerAfter(async () => {})).toBe('202 ')
  expect(await answerAfter(update({ senders: ['other@contoso.example'] }))).toBe('202 ')
  expect((await database.db.message.findFirst({ orderBy: { id: 'desc' } }))?.originator).toBe('other@contoso.example')
  expect(await answerAfter(update({ scopes: ['read'] }))).toBe('403 scope-missing')
  await update({ scopes: ['send'] })()
  expect(await answerAfter(() => it.submission.clients.disable(caller, id))).toBe('403 client-disabled')
  await it.submission.clients.enable(caller, id)
  expect(await answerAfter(() => it.submission.clients.resetSecret(caller, id))).toBe('401 key-wrong')
  expect(await database.db.message.count()).toBe(2)
  const denied = await database.db.auditEvent.findMany({ where: { action: 'request.refused', requestId: 'slow' } })
  expect(denied).toHaveLength(3)
})

test('U-01 a wrong key and one that is not let in leave an audit entry, and the client shows why it was refused last and when by the database’s time', async () => {
  const it = await world({ clock: { ...systemClock, now: () => new Date(Date.now() + 3_600_000) } })
  const { id, secret } = await it.key()
  const sender = await it.key({ name: 'Sender', scopes: 'send' })
  const lastError = async (of: string) => (await it.submission.clients.read(of))?.lastError
  await it.call('/messages', { key: `prk_${'A'.repeat(43)}` })
  await it.call('/messages', { key: sender.secret })
  await expect.poll(() => lastError(sender.id)).toBe('scope-missing')
  await database.db.client.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } })
  await it.call('/messages', { key: secret })
  await expect.poll(() => lastError(id)).toBe('key-expired')
  expect(Number((await it.submission.clients.read(id))?.lastErrorAt)).toBeLessThan(Date.now() + 60_000)
  await it.submission.clients.resetSecret(caller, id)
  expect(await lastError(id)).toBeNull()
  const entries = await database.db.auditEvent.findMany({
    where: { action: 'request.refused' },
    orderBy: { sequence: 'asc' },
  })
  expect(entries).toMatchObject(
    [
      { subject: null, why: 'key-wrong' },
      { subject: `client:${sender.id}`, why: 'scope-missing' },
      { subject: `client:${id}`, why: 'key-expired' },
    ].map(({ subject, why }) => ({ subject, result: 'refused', address: '127.0.0.1', details: { what: 'api', why } })),
  )
})

test('R-08 many requests over a limit write once a second that their client was refused', async () => {
  const it = await world()
  const { id, secret } = await it.key({ maxPerMinute: '1' })
  const { db } = database
  await db.$executeRaw`CREATE SEQUENCE writes`
  await db.$executeRaw`CREATE FUNCTION count_write() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF NEW."lastErrorAt" IS NOT NULL THEN PERFORM nextval('writes'); END IF; RETURN NULL; END $$`
  await db.$executeRaw`CREATE TRIGGER w AFTER UPDATE ON "Client" FOR EACH ROW EXECUTE FUNCTION count_write()`
  const began = performance.now()
  for (let nth = 0; nth < 10; nth++)
    await Promise.all(Array.from({ length: 10 }, () => it.call('/messages', { key: secret, body: MAIL })))
  await expect.poll(async () => (await it.submission.clients.read(id))?.lastError).toBe('too-fast')
  const [writes] = await db.$queryRaw<{ last_value: bigint }[]>`SELECT last_value FROM writes`
  expect(Number(writes?.last_value)).toBeLessThanOrEqual(2 + (performance.now() - began) / 1_000)
})

test('A-11 at most five of 40 guesses at once are compared', async () => {
  const it = await world()
  const guess = (at: number) => it.call('/messages', { key: `prk_${String(at).padStart(43, 'A')}` })
  const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => guess(at)))
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(FREE_GUESSES)
  expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(40 - FREE_GUESSES)
  expect(answers.at(-1)?.headers.get('retry-after')).toBe('30')
})

test('a key with a limit sends no more in a minute but may still cancel, and one with patterns only has no sender for JSON', async () => {
  const it = await world()
  const { secret } = await it.key({ maxPerMinute: '1' })
  const sent = await it.call('/messages', { key: secret, body: MAIL })
  expect(sent.status).toBe(202)
  expect(await it.call('/messages', { key: secret, body: MAIL })).toMatchObject({
    status: 429,
    body: { code: 'too-fast', detail: expect.stringContaining('send the message again after a minute') },
  })
  expect(await it.call(`/messages/${sent.body.id}/cancel`, { key: secret, method: 'POST' })).toMatchObject({
    status: 200,
    body: { status: 'cancelled' },
  })
  const pattern = await it.key({ name: 'Pattern', senders: '*@contoso.example' })
  expect(await it.call('/messages', { key: pattern.secret, body: MAIL })).toMatchObject({
    status: 422,
    body: { code: 'no-sender' },
  })
  const mixed = await it.key({ name: 'Mixed', senders: '*@contoso.example app@contoso.example' })
  const { id } = (await it.call('/messages', { key: mixed.secret, body: MAIL })).body
  expect((await database.db.message.findUniqueOrThrow({ where: { id } })).originator).toBe('app@contoso.example')
})

test('R-08 the limits of one key leave another key alone', async () => {
  const it = await world()
  const [own, other] = [await it.key({ maxPerMinute: '1' }), await it.key({ name: 'Other', maxPerMinute: '1' })]
  const codes = async ({ secret }: { secret: string }) => {
    const [sent, read] = [
      await it.call('/messages', { key: secret, body: MAIL }),
      await it.call('/messages', { key: secret }),
    ]
    return [sent.body.code, read.body.code]
  }
  expect(await codes(own)).toEqual([undefined, undefined])
  await database.db.rateLimit.updateMany({ data: { points: 600 } })
  expect(await codes(own)).toEqual(['too-fast', 'too-many-requests'])
  expect(await codes(other)).toEqual([undefined, undefined])
})

test('R-21 to count a message of a client with a limit leaves no timer behind', async () => {
  const { checkRate } = createSubmission({ db: database.db } as SubmitDeps)
  const client = { id: newId(), name: 'Billing', maxPerMinute: 3 } as Client
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const timersAfter = async () => {
    expect((await checkRate(client)).ok).toBe(true)
    return vi.getTimerCount()
  }
  // The connection to the database has timers that remain.
  const first = await timersAfter()
  expect([await timersAfter(), await timersAfter()]).toEqual([first, first])
  expect(await checkRate(client)).toMatchObject({ ok: false, error: { code: 'too-fast' } })
})

test('R-15 a message that a machine with a fast clock accepted keeps no later one out of the search', async () => {
  const it = await world()
  const client = (await it.submission.clients.read((await it.key()).id)) as Client
  const { db, url } = database
  for (const aheadMs of [3_600_000, 0]) {
    const clock = { ...systemClock, now: () => new Date(Date.now() + aheadMs) }
    const outbox = await outboxAt({ database: { db, url }, port: 25, clock })
    const { ok } = await createSubmission({ db, clock, log: quiet, outbox }).submit({
      client,
      source: 'api',
      sender: 'billing@contoso.example',
      recipients: ['anna@fabrikam.example'],
      bytes: checked('Subject: s\r\n\r\nx\r\n'),
      needsUtf8: false,
      arrival: { from: '[192.0.2.1]', by: 'console.contoso.example', protocol: 'HTTP' },
    })
    expect([ok, await writeMessageTexts(db)]).toEqual([true, 1])
  }
})

test('M-04 51 recipients are refused as a whole', async () => {
  const it = await world()
  const { secret } = await it.key()
  const to = Array.from({ length: 50 }, (_, at) => `a${at}@fabrikam.example`)
  const send = (mail: object) => it.call('/messages', { key: secret, body: { ...MAIL, ...mail } })
  expect(await send({ to, cc: 'one@fabrikam.example' })).toMatchObject({
    status: 422,
    body: { code: 'too-many-recipients' },
  })
  const finished = `To: ${to.join(', ')}\r\nCc: one@fabrikam.example\r\n\r\nx\r\n`
  expect(
    await it.call('/messages', { key: secret, body: finished, headers: { 'content-type': 'message/rfc822' } }),
  ).toMatchObject({ status: 422, body: { code: 'too-many-recipients' } })
  expect(await send({ to: [] })).toMatchObject({ status: 422, body: { code: 'no-recipients' } })
  expect(await database.db.message.count()).toBe(0)
  expect((await send({ to })).status).toBe(202)
})

test('a body that is too large, slow or not of a known type is refused, and a slow one holds up no other', async () => {
  const bodies = { readingMax: 5, readingBytesMax: 60 * 1024 ** 2 }
  const it = await world({ bodies: { bodyMs: 30_000, ...bodies } })
  const { secret } = await it.key()
  const send = (body: unknown, headers = {}) => it.call('/messages', { key: secret, body, headers })
  expect(await send('a=1', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
  const zipped = await send(gzipSync(JSON.stringify(MAIL)), { 'content-encoding': 'gzip' })
  expect([zipped.status, zipped.body.code, zipped.headers.get('accept-encoding')]).toEqual([
    415,
    'content-encoding',
    'identity',
  ])
  expect((await send(MAIL, { 'content-encoding': 'Identity' })).status).toBe(202)
  expect(await send('{"to":')).toMatchObject({ status: 400, body: { code: 'body-not-json' } })
  expect(await send(`[${'['.repeat(2_000_000)}`)).toMatchObject({
    status: 422,
    body: { errors: [{ field: 'body', problem: 'more than 20000 values' }] },
  })
  expect(await send(Buffer.alloc(25 * 1024 ** 2 + 1, 32))).toMatchObject({ status: 413, body: { code: 'too-large' } })
  const stream = (start: (stream: ReadableStreamDefaultController) => void, { origin } = it) =>
    fetch(`${origin}/api/v1/messages`, {
      method: 'POST',
      body: new ReadableStream({ start }),
      duplex: 'half',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    } as RequestInit)
  // It has no end, so that no answer at its end is possible.
  const endless = await stream((body) => body.enqueue(Buffer.alloc(25 * 1024 ** 2 + 1, 32)))
  expect([endless.status, await endless.json()]).toMatchObject([413, { code: 'too-large' }])
  const impatient = await world({ bodies: { bodyMs: 1_000, ...bodies } })
  const slow = stream((body) => body.enqueue(Buffer.from('{')), impatient)
  expect((await impatient.call('/messages', { key: secret, body: MAIL })).status).toBe(202)
  expect((await slow).status).toBe(408)
})

test('W-14 what is more than all bodies together may have gets 503 with the time to wait, and later ones are taken', async () => {
  const it = await world({ bodies: { bodyMs: 30_000, readingMax: 5, readingBytesMax: 1_000 } })
  const { secret } = await it.key()
  const busy = await it.call('/messages', { key: secret, body: { ...MAIL, text: 'x'.repeat(2_000) } })
  expect(busy).toMatchObject({ status: 503, body: { code: 'busy' } })
  expect(busy.headers.get('retry-after')).toBe('5')
  for (let nth = 0; nth < 10; nth++) expect((await it.call('/messages', { key: secret, body: MAIL })).status).toBe(202)
})

test('W-14 one client with slow or large requests gets 503 before the limits of all clients are reached, and another one is served', async () => {
  const it = await world({ bodies: { bodyMs: 30_000, readingMax: 2, readingBytesMax: 1024 ** 2 } })
  const [slow, other] = [await it.key(), await it.key({ name: 'Other' })]
  const send = ({ secret }: { secret: string }, text = MAIL.text) =>
    it.call('/messages', { key: secret, body: { ...MAIL, text } })
  const busy = { status: 503, body: { code: 'busy' } }
  expect(await send(slow, 'x'.repeat(600 * 1024))).toMatchObject(busy)
  const broken = new AbortController()
  const stall = async (): Promise<void> => {
    const body = new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('{')) })
    const headers = { authorization: `Bearer ${slow.secret}`, 'content-type': 'application/json' }
    const init = { method: 'POST', body, duplex: 'half', headers, signal: broken.signal } as RequestInit
    const { status } = await fetch(`${it.origin}/api/v1/messages`, init)
    // A small one below was faster.
    if (status === 503) await stall()
  }
  stall().catch(() => {})
  await expect.poll(() => send(slow)).toMatchObject(busy)
  expect((await send(other)).status).toBe(202)
  broken.abort()
  await expect.poll(async () => (await send(slow)).status).toBe(202)
})

/** From now on the database refuses to write this table, with that error. */
async function failAs(state: string, table: 'Message' | 'RateLimit'): Promise<void> {
  await database.db.$executeRawUnsafe(`CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = '${state}'; END $$`)
  await database.db.$executeRawUnsafe(
    `CREATE TRIGGER stop BEFORE INSERT OR UPDATE ON "${table}" EXECUTE FUNCTION stop()`,
  )
}

test.each([
  ['R-09 while the database shuts down', '57P03', 503, 'database-away', '5'],
  ['R-10 while its disk is full', '53100', 507, 'disk-full', '60'],
  ['R-10 while it is out of memory', '53200', 503, 'database-memory', '5'],
  ['while it has no connection left', '53300', 503, 'database-connections', '5'],
  ['while a lock lasts too long', '55P03', 503, 'database-locked', '5'],
] as const)(
  '%s the answer says when to try again, and nothing is accepted',
  async (_, state, status, code, retryAfter) => {
    const it = await world()
    const { secret } = await it.key()
    await failAs(state, 'Message')
    const send = () => it.call('/messages', { key: secret, body: MAIL, headers: { 'idempotency-key': 'once' } })
    const answer = await send()
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.headers.get('retry-after')).toBe(retryAfter)
    await database.db.$executeRaw`DROP TRIGGER stop ON "Message"`
    expect((await send()).status).toBe(202)
    expect(await database.db.message.count()).toBe(1)
  },
)

test('R-08 a client whose waiting messages fill its share of the outbox gets 429 and 452, and another one is served', async () => {
  const it = await world({ entrances: ['starttls'], overrides: { bounds: { ...BOUNDS, messages: 4 } } })
  const { secret } = await it.key()
  const [scanner, other] = [await it.client(), await it.key({ name: 'Shop' })]
  const send = (key: string) => it.call('/messages', { key, body: MAIL })
  for (let nth = 0; nth < 2; nth++) expect((await send(secret)).status).toBe(202)
  const refused = await send(secret)
  expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-waiting' } })
  expect(refused.headers.get('retry-after')).toBe('30')
  const talk = await SmtpTalk.connect(it.ports.starttls ?? 0)
  onTestFinished(async () => talk.close())
  await talk.begin(scanner)
  for (const answer of [/^250 /, /^452 4\.3\.1 Too many messages of this client are waiting/]) {
    await talk.envelope('scanner@contoso.example', 'anna@fabrikam.example')
    expect(await talk.ask('Subject: q\r\n\r\nok\r\n.')).toMatch(answer)
  }
  expect((await send(other.secret)).status).toBe(202)
  expect(await send(other.secret)).toMatchObject({ status: 507, body: { code: 'outbox-full' } })
})

interface Entry {
  field: string
  value: unknown
  expect: string
  note: string
}
/** Parsed at run time: as a literal, `__proto__` would set a prototype. */
const corpus = (field: string): Entry[] =>
  (JSON.parse(readFileSync(path.resolve('tests/data/bad-inputs.json'), 'utf8')) as Entry[]).filter(
    (entry) => entry.field === field,
  )

test('M-02 M-03 W-03 the corpus of bodies, keys and credentials is answered as its policy says', async () => {
  const it = await world()
  const { secret } = await it.key()
  expect(corpus('http_mail_json').length).toBeGreaterThan(10)
  for (const { value, expect: wanted, note } of corpus('http_mail_json')) {
    const before = await database.db.message.count()
    const { status, body } = await it.call('/messages', { key: secret, body: JSON.stringify(value) })
    expect(status, note).toBe(wanted === 'accept' ? 202 : 422)
    if (wanted === 'reject') expect(problemSchema.parse(body).errors, note).not.toEqual([])
    expect(await database.db.message.count(), note).toBe(before + (wanted === 'accept' ? 1 : 0))
  }
  for (const { value, expect: wanted, note } of corpus('idempotency_key')) {
    const { status } = await it.call('/messages', { key: secret, body: { ...MAIL, idempotencyKey: value } })
    expect(status, note).toBe(wanted === 'accept' ? 202 : 422)
  }
  const { body: absent } = await it.call('/messages', {})
  for (const { value, note } of corpus('api_key_credential')) {
    const { status, body } = await it.call('/messages', {
      key: typeof value === 'string' ? value : JSON.stringify(value),
    })
    expect([status, body], `${note}: the same answer as without a key`).toEqual([401, absent])
  }
  for (const { value, expect: wanted, note } of corpus('page_size')) {
    const { status } = await it.call(`/messages?limit=${encodeURIComponent(String(value))}`, { key: secret })
    expect(status, note).toBe(wanted === 'reject' ? 400 : 200)
  }
  for (const { value, expect: wanted, note } of corpus('api_key_name')) {
    const added = it.key({ name: String(value) }).then(
      ({ id }) => it.submission.clients.read(id),
      ({ message }: Error) => JSON.parse(message),
    )
    expect(await added, note).toMatchObject({ name: wanted === 'accept' ? value : { key: expect.any(String) } })
  }
})

test('each field of a body that is wrong has an error that says what is wrong', async () => {
  const it = await world()
  const { secret } = await it.key()
  const errorsOf = async (body: unknown) =>
    problemSchema
      .parse((await it.call('/messages', { key: secret, body: JSON.stringify(body) })).body)
      .errors?.map(({ field, problem }) => `${field}: ${problem}`)
  expect(await errorsOf({})).toEqual([
    'subject: missing',
    'text: missing: a message needs a text or an html part',
    'to: missing: a message needs a recipient in to, cc or bcc',
  ])
  expect(await errorsOf({ cc: 5, html: 5 })).toEqual([
    ...['cc: neither an address nor a list of addresses', 'subject: missing', 'html: not a text'],
  ])
  expect(await errorsOf([])).toEqual(['body: not an object'])
  expect(await errorsOf({ ...MAIL, to: Array(51).fill(MAIL.to) })).toEqual(['to: at most 50'])
  expect(await errorsOf({ ...MAIL, to: [MAIL.to, 5], subject: 5, headers: [], attachments: {} })).toEqual([
    ...['to[1]: not a text', 'subject: not a text', 'attachments: not a list', 'headers: not an object'],
  ])
  expect(await errorsOf({ ...MAIL, headers: { 'X-Order': ' ' } })).toEqual(['headers.X-Order: missing'])
  const headers = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`X-${at}`, 'x']))
  const attachments = Array(51).fill({ filename: 'a', contentType: 'text/plain', contentBase64: '' })
  expect(await errorsOf({ ...MAIL, headers, attachments })).toEqual(['attachments: at most 50', 'headers: at most 50'])
  for (const contentType of ['message/rfc822', 'Multipart/Mixed', 'text'])
    expect(await errorsOf({ ...MAIL, attachments: [{ filename: 'a', contentType, contentBase64: '' }] })).toEqual([
      expect.stringMatching(/^attachments\[0\]\.contentType: /),
    ])
  expect(await errorsOf({ ...MAIL, attachments: [{ filename: 'a' }], from: 'a@contoso.example' })).toEqual([
    ...['attachments[0].contentType: missing', 'attachments[0].contentBase64: missing'],
    'from: no field of this request: the first address among the allowed senders of the API key is the sender',
  ])
})

test('a method or a path that the API does not have is refused in an answer that a program can read', async () => {
  const it = await world()
  const id = '00000000-0000-7000-8000-000000000000'
  for (const [method, path, allowed] of [
    ['DELETE', '/messages', 'GET, POST'],
    ['PUT', `/messages/${id}`, 'GET'],
    ['GET', `/messages/${id}/cancel`, 'POST'],
    ['POST', '/openapi.json', 'GET'],
  ] as const) {
    const { status, headers, body } = await it.call(path, { method })
    expect([status, headers.get('allow')], path).toEqual([405, allowed])
    expect(problemSchema.parse(body)).toMatchObject({ code: 'method-unknown' })
    const options = await it.call(path, { method: 'OPTIONS' })
    expect([options.status, options.headers.get('allow')], path).toEqual([204, allowed])
  }
  for (const method of ['PUT', 'OPTIONS'])
    expect(await it.call('/nothing', { method })).toMatchObject({ status: 404, body: { code: 'path-unknown' } })
})

interface Described {
  headers?: { 'Retry-After'?: object }
  content: Record<string, { schema: { allOf?: { properties?: { code: { enum: string[] } } }[] } }>
}

/** What the document says of each answer, such as `get /messages 200`. */
const documentedAnswers = (origin: string) =>
  Object.entries(openApiDocument(origin).paths).flatMap(([at, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      Object.entries((operation as { responses: Record<string, Described> }).responses).map(
        ([status, { headers, content }]) => ({
          answer: `${method} ${at} ${status}`,
          hasRetryAfter: headers?.['Retry-After'] !== undefined,
          codes: content['application/problem+json']?.schema.allOf?.flatMap<string | null>(
            ({ properties }) => properties?.code.enum ?? [],
          ) ?? [null],
        }),
      ),
    ),
  )

test('every status that the document names is given by the running server, for each operation, with the codes and the Retry-After that it names', async () => {
  const it = await world()
  const { id, secret } = await it.key()
  const path = (template: string) => template.replace('{id}', '00000000-0000-7000-8000-000000000000')
  const everyOperation = async (more: Parameters<typeof it.call>[1], query = '') => {
    for (const { method, path: template } of API_OPERATIONS)
      await it.call(`${path(template)}${query}`, {
        method: method.toUpperCase(),
        ...(method === 'post' && { body: MAIL }),
        ...more,
      })
  }
  // As after a fault of our own, because no statement finds the clients.
  await database.db.$executeRaw`ALTER TABLE "Client" RENAME TO "Lost"`
  await everyOperation({ key: secret })
  await database.db.$executeRaw`ALTER TABLE "Lost" RENAME TO "Client"`
  await everyOperation({})
  await everyOperation({ key: secret })
  await everyOperation({ key: secret }, '?other=1')
  await everyOperation({ key: secret, headers: { 'x-forwarded-host': 'attacker.example' } })
  await database.db.client.update({ where: { id }, data: { scopes: [] } })
  await everyOperation({ key: secret })
  await database.db.client.update({ where: { id }, data: { scopes: ['send', 'read'], maxPerMinute: 1 } })
  await everyOperation({ key: secret })
  await database.db.rateLimit.updateMany({ data: { points: 1_000_000 } })
  await everyOperation({ key: secret })
  await failAs('53100', 'RateLimit')
  await everyOperation({ key: secret })
  const away = await world({
    apiDb: createDb(new Redacted('postgresql://postroom@127.0.0.1:1/none'), chainKeysOf(database.db)),
  })
  for (const { method, path: template } of API_OPERATIONS)
    await away.call(path(template), {
      key: secret,
      method: method.toUpperCase(),
      ...(method === 'post' && { body: MAIL }),
    })
  const documented = documentedAnswers(it.origin)
  expect(documented.length).toBeGreaterThan(20)
  const different = documented.flatMap(({ answer, codes, hasRetryAfter }) =>
    (observedAnswers.get(answer) ?? [])
      .filter(({ code, retryAfter }) => !codes.includes(code) || (retryAfter !== null) !== hasRetryAfter)
      .map((observed) => ({ answer, ...observed })),
  )
  expect(different).toEqual([])
  expect(documented.map(({ answer }) => answer).filter((answer) => !observedAnswers.has(answer))).toEqual([])
})

test('the document is OpenAPI 3.1 by an independent validator, and is served without a key', async () => {
  const it = await world()
  const { status, body } = await it.call('/openapi.json', {})
  expect(status).toBe(200)
  expect(await new Validator().validate(body)).toMatchObject({ valid: true })
  expect(body.components.schemas.Mail).toMatchObject({ additionalProperties: false, required: ['subject'] })
  const broken = { ...body, paths: { '/messages': { post: { responses: 1 } } } }
  expect((await new Validator().validate(broken)).valid).toBe(false)
})
