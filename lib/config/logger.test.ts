import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { processorMs } from '../../tests/support/processor-time'
import { Redacted } from '../kernel/redacted'
import { createLog } from './logger'

const SECRET = 'Qx7~canary/9f+3c1d5e8b2a40'

function lines(secrets: Redacted[] = [], explain?: () => string) {
  const written: string[] = []
  const log = createLog({ level: 'debug', process: 'test', secrets, explain, write: (line) => written.push(line) })
  return { log, written }
}

test('U-03 a line is one JSON object with time, level, process and event', () => {
  const { log, written } = lines()
  log.info('console listens', { port: 3000 })
  expect(written).toHaveLength(1)
  expect(JSON.parse(written[0] ?? '')).toMatchObject({
    level: 'info',
    process: 'test',
    event: 'console listens',
    port: 3000,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  })
})

test('S-01 what is not on the list of fields is not written, nor are the members of an object or an error', () => {
  const { log, written } = lines()
  const fields = { requestId: 'r1', body: SECRET, reason: { password: SECRET } } as never
  log.error('refused', fields)
  log.error('failed', { error: Object.assign(new Error('no connection'), { config: { password: SECRET } }) })
  expect(written.join('')).not.toContain('canary')
  expect(JSON.parse(written[0] ?? '')).toMatchObject({ requestId: 'r1', reason: '[not shown]' })
  expect(JSON.parse(written[1] ?? '')).toMatchObject({
    error: { name: 'Error', message: 'no connection', stack: { 0: expect.stringMatching(/^at /) } },
  })
})

test('what the database prevents is logged once a minute with the number left out, but all that one message or page is looked up by', () => {
  let nowMs = 0
  const written: string[] = []
  const write = (line: string) => void written.push(line)
  const log = createLog({ level: 'info', process: 'test', write, nowMs: () => nowMs })
  const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
  for (const atMs of [0, 2_000, 59_999, 60_000, 119_999]) {
    nowMs = atMs
    log.warn('the outbox cannot use the database', { error: away })
    log.warn('a condition could not be measured', { member: `disk ${atMs}`, error: away })
    log.warn('a message cannot be stored', { subject: 'message:1', error: away })
    log.error('request failed', { digest: '1', error: away })
    log.error('a delivery ended with an error', { error: new TypeError('a bug') })
  }
  log.warn('the outbox cannot use the database', {
    error: Object.assign(new Error(), { severity: 'ERROR', code: '53100' }),
  })
  const lines = written.map((line) => JSON.parse(line))
  const outbox = lines.filter(({ event }) => event === 'the outbox cannot use the database')
  expect(outbox.map(({ leftOut, error }) => [leftOut, error.code])).toEqual([
    [undefined, 'ECONNREFUSED'],
    [2, 'ECONNREFUSED'],
    [undefined, '53100'],
  ])
  expect(lines).toHaveLength(3 + 4 * 5)
})

test.each([
  ['as it is', SECRET],
  ['in base64', Buffer.from(`user ${SECRET}`).toString('base64')],
  ['percent-encoded', encodeURIComponent(SECRET)],
])('S-14 a known secret %s is taken out of events, fields and errors', (_, spelled) => {
  const { log, written } = lines([new Redacted(SECRET)], () => spelled)
  const error = Object.assign(new Error(`at ${spelled} end`), {
    name: spelled,
    code: spelled,
    stack: `Error\n    at ${spelled}`,
  })
  log.warn(`server said ${spelled}`, { host: spelled, kids: [spelled], error })
  log.warn('failed', { error: spelled })
  expect(written.join('')).not.toContain(spelled)
  expect(written.join('')).toContain('[secret]')
})

test.each([
  ['a signed token', 'eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJjYW5hcnkifQ.c2lnbmF0dXJlY2FuYXJ5', '[token]'],
  ['the first part of a token', 'eyJhbGciOiJSUzI1NiJ9canary', '[token]'],
  ['an authorization value', 'Authorization: Bearer abcdefcanary123', '[secret]'],
  ['one with a password', 'Authorization: Basic abcdefcanary123', '[secret]'],
  ['one of SMTP', 'AUTH XOAUTH2 abcdefcanary123', '[secret]'],
  ['a database login', 'postgresql://postroom:canary@db:5432/postroom', 'postgresql://postroom:[secret]@db'],
  ['one after a long word', `${'x'.repeat(40)}postgresql://postroom:canary@db`, 'postgresql://postroom:[secret]@db'],
  ['a form body', 'grant_type=x&client_secret=canary&scope=y', 'client_secret=[secret]&scope=y'],
  ['each token of an answer', '"access_token":"canary","refresh_token":"canary","id_token":"canary"', '[secret]'],
  ['each other field', 'client_assertion=canary&password=canary&passwd=canary&secret=canary', '[secret]'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\ncanary', '[private key]'],
])('S-01 %s is recognised by its shape', (_, text, redacted) => {
  const { log, written } = lines()
  log.info('seen', { reason: text })
  expect(JSON.parse(written[0] ?? '').reason).toContain(redacted)
  expect(written[0]).not.toMatch(/canary|c2lnbmF0/)
})

test.each(['eyJ-eyJ', 'a.', 'a://b:', 'Bearer ', 'secret = '])(
  'U-03 a long text of %j, with which credentials begin, is logged in a moment',
  (start) => {
    const { log, written } = lines()
    const before = processorMs()
    log.info('seen', { reason: start.repeat(50_000 / start.length) })
    expect(processorMs() - before).toBeLessThan(250)
    expect(written).toHaveLength(1)
  },
)

test('U-03 a forged line stays inside its own: control and direction characters are escaped, long text is cut', () => {
  const { log, written } = lines()
  log.info('seen', { reason: `a\n{"level":"error"}\u001b[2J\u202e${'x'.repeat(2_000)}` })
  expect(written[0]?.trimEnd().split('\n')).toHaveLength(1)
  const { reason } = JSON.parse(written[0] ?? '')
  expect(reason).toContain('\\u000a{"level":"error"}\\u001b[2J\\u202e')
  expect(reason.length).toBeLessThanOrEqual(512)
})

test('below its level nothing is written', () => {
  const written: string[] = []
  createLog({ level: 'warn', process: 'test', write: (line) => written.push(line) }).info('quiet')
  expect(written).toEqual([])
})

test('a process whose output nothing reads keeps running', async () => {
  const script = `
    import { createLog } from './lib/config/logger'
    process.stdout.write('')
    const log = createLog({ level: 'info', process: 'host' })
    for (let line = 0; line < 10_000; line++) log.info('process wrote', { reason: 'x'.repeat(500) })
    process.send('runs')
    process.exit()`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  try {
    expect((await once(child, 'message'))[0]).toBe('runs')
  } finally {
    child.kill('SIGKILL')
  }
})
