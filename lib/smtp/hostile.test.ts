import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { meet } from '../../tests/support/served'
import { type Act, listen, type SmtpScript, type TestServer } from '../../tests/support/servers'
import { type AttemptChange, attempt, MAIL } from '../../tests/support/smtp-attempt'
import { untilTestEnds } from '../../tests/support/until-test-ends'

/** Short, so that these tests stay fast; the promise is the deadline plus 2 s whatever it is. */
const DEADLINE_MS = 250
const GRACE_MS = 2000
/** How long a peer does not read before the deadline passes: our side has filled all buffers by then. */
const STALLED_MS = 1000
/** Where nothing is to be waited for. */
const UNHURRIED: AttemptChange = { deadlineMs: 10_000 }

/** One command at a time, so that each wait is for the one reply. */
function meetOneByOne(script: SmtpScript, wish: AttemptChange = {}) {
  const extensions = (secured: boolean) => [secured ? 'AUTH XOAUTH2' : 'STARTTLS']
  return meet({ extensions, ...script }, { deadlineMs: DEADLINE_MS, ...wish })
}

/** The peer sees the end of the connection at once: our socket is destroyed, not left to its own timers. */
async function expectGone(server: TestServer): Promise<void> {
  await expect.poll(() => server.endedAt, { timeout: 1000, interval: 10 }).not.toBeNull()
}

type Misbehaviour = Extract<Act, (socket: Socket) => void>
const silent: Misbehaviour = () => {}
const drip =
  (text: string, everyMs = 20): Misbehaviour =>
  (socket: Socket) => {
    let at = 0
    const timer = setInterval(
      () => (socket.destroyed ? clearInterval(timer) : socket.write(text[at++ % text.length] ?? '')),
      everyMs,
    )
    socket.on('close', () => clearInterval(timer))
  }
const lines =
  (line: string, everyMs = 20): Misbehaviour =>
  (socket: Socket) => {
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(line)), everyMs)
    socket.on('close', () => clearInterval(timer))
  }

/** Misbehaves at a command, from which moment on the deadline runs: a busy machine may take its time until then. */
function trapAt(verb: string, misbehave: Misbehaviour) {
  const deadline = new AbortController()
  let beganMs = Number.NaN
  const trap: Misbehaviour = (socket) => {
    beganMs = performance.now()
    setTimeout(() => deadline.abort(new DOMException('deadline', 'TimeoutError')), DEADLINE_MS)
    return misbehave(socket)
  }
  const act: SmtpScript['act'] = (line) => (line.startsWith(verb) ? trap : null)
  return { trap, act, signal: deadline.signal, beganMs: () => beganMs }
}

test.each([
  ['500 5.5.1 Command unrecognized: EHLO', 'starttls-not-offered'],
  ['502 Command not implemented', 'starttls-not-offered'],
  ['530 Please login with USER and PASS.', 'not-an-smtp-server'],
  ['500 EHLO not understood by this FTP server', 'not-an-smtp-server'],
])('a server that answers EHLO with %s has the fault %s', async (reply, code) => {
  const { failed } = await meetOneByOne({ act: (line) => (line.startsWith('EHLO') ? reply : null) }, UNHURRIED)
  expect(failed).toMatchObject({ stage: 'connect', fault: { kind: 'net', code } })
})

test.each([
  ['SSH-2.0-OpenSSH', 'not-an-smtp-server'],
  ['\x16\x03\x01', 'tls-expected'],
])('a server that greets with %j is recognised by that, before a line is complete', async (start, code) => {
  const act = (socket: Socket) => socket.write(start, 'latin1')
  const { failed } = await meetOneByOne({ act: (line) => (line === 'GREETING' ? act : null) }, UNHURRIED)
  expect(failed).toMatchObject({ stage: 'connect', fault: { kind: 'net', code } })
})

test('a server that rejects EHLO after STARTTLS does not count as one without STARTTLS', async () => {
  const { failed } = await meetOneByOne(
    {
      act: (line, { secured }) => (line.startsWith('EHLO') && secured ? '550 5.7.1 Access denied' : null),
    },
    UNHURRIED,
  )
  expect(failed).toMatchObject({ stage: 'connect', fault: { kind: 'smtp', code: 550 } })
})

describe('N-12 every tarpit is over by the deadline, and the socket with it', () => {
  test.each([
    ['F-17 never greets', 'GREETING', silent, 'connect', 'connection-timed-out'],
    [
      'F-19 greets in drips',
      'GREETING',
      drip('220 mail.litware.example and so on and on '),
      'connect',
      'deadline-passed',
    ],
    ['greets in lines without end', 'GREETING', lines('220-wait\r\n'), 'connect', 'deadline-passed'],
    ['silent after EHLO', 'EHLO', silent, 'connect', 'deadline-passed'],
    ['F-20 EHLO lines for ever', 'EHLO', lines('250-X-MORE\r\n'), 'connect', 'deadline-passed'],
    ['silent after STARTTLS', 'STARTTLS', silent, 'tls', 'deadline-passed'],
    [
      'F-25 no handshake after 220',
      'STARTTLS',
      (socket: Socket) => socket.write('220 go\r\n'),
      'tls',
      'deadline-passed',
    ],
    ['silent after AUTH', 'AUTH', silent, 'auth', 'deadline-passed'],
    ['AUTH answered in drips', 'AUTH', drip('235 2.7.0 nearly there and '), 'auth', 'deadline-passed'],
    ['silent after MAIL', 'MAIL', silent, 'sender', 'deadline-passed'],
    ['silent after RCPT', 'RCPT', silent, 'recipient', 'deadline-passed'],
    ['lines for ever after RCPT', 'RCPT', lines('250-still\r\n'), 'recipient', 'deadline-passed'],
    ['silent after DATA', 'DATA', silent, 'data', 'deadline-passed'],
    ['silent after the dot', 'MESSAGE', silent, 'data', 'deadline-passed'],
    ['drips after the dot', 'MESSAGE', drip('250 2.0.0 OK soon '), 'data', 'deadline-passed'],
  ] as const)('%s', async (_, verb, act, stage, code) => {
    const trap = trapAt(verb, act)
    const { server, failed } = await meetOneByOne({ act: trap.act }, { signal: trap.signal })
    expect(failed).toMatchObject({ stage, fault: { kind: 'net', code } })
    expect(performance.now() - trap.beganMs()).toBeLessThan(DEADLINE_MS + GRACE_MS)
    await expectGone(server)
  })

  test('also in a dry run, and with TLS from the start', async () => {
    const recipient = trapAt('RCPT', silent)
    const dry = await meetOneByOne({ act: recipient.act }, { dryRun: true, signal: recipient.signal })
    expect(dry.failed).toMatchObject({ stage: 'recipient', fault: { code: 'deadline-passed' } })
    const greeting = trapAt('GREETING', silent)
    const mute = await meetOneByOne({ security: 'tls', act: greeting.act }, { signal: greeting.signal })
    expect(mute.failed).toMatchObject({ stage: 'connect', fault: { code: 'deadline-passed' } })
    const connection = trapAt('', silent)
    const handshake = await untilTestEnds(listen(connection.trap))
    const stalled = await attempt(handshake, { security: 'tls', signal: connection.signal })
    expect(stalled).toMatchObject({ passed: ['connect'], failed: { stage: 'tls', fault: { code: 'deadline-passed' } } })
    for (const server of [dry.server, mute.server, handshake]) await expectGone(server)
  })

  test('F-33 a peer that stops reading in the middle of the message', async () => {
    const mail = { ...MAIL, text: `${'x'.repeat(70)}\r\n`.repeat(170_000) }
    // The deadline passes once the peer has stopped reading, so that a busy machine gets as far as that however slow it is.
    const deadline = new AbortController()
    let passedMs = Number.NaN
    const { failed } = await meetOneByOne(
      {
        extensions: (secured) => [secured ? 'AUTH XOAUTH2' : 'STARTTLS'],
        act: (line) =>
          line === 'DATA'
            ? (socket) => {
                socket.write('354 go\r\n')
                socket.pause()
                setTimeout(() => {
                  passedMs = performance.now()
                  deadline.abort()
                }, STALLED_MS)
              }
            : null,
      },
      { mail, signal: deadline.signal },
    )
    expect(failed).toMatchObject({ stage: 'data', fault: { code: 'deadline-passed' } })
    expect(performance.now() - passedMs).toBeLessThan(GRACE_MS)
  })

  test('a signal that has already ended opens no connection', async () => {
    const { server, failed } = await meetOneByOne({}, { deadlineMs: 0 })
    expect(failed).toMatchObject({ stage: 'connect', fault: { kind: 'net' } })
    expect(server.commands).toEqual([])
  })
})

/** Writes as fast as the peer takes it, up to a bound, and counts. */
function flood(text: string, bytesMax = 200 * 1024 * 1024) {
  const poured = { bytes: 0 }
  const chunk = Buffer.from(text.repeat(Math.ceil(65536 / text.length)))
  const act = (socket: Socket): void => {
    const more = () => {
      while (!socket.destroyed && poured.bytes < bytesMax) {
        poured.bytes += chunk.length
        if (!socket.write(chunk)) return void socket.once('drain', more)
      }
    }
    more()
  }
  return { act, poured }
}

describe('N-13 F-21 memory is bounded: floods end at the limit of a reply', () => {
  test.each([
    ['a greeting without end', 'GREETING', '220-x', 'connect', 'not-an-smtp-server'],
    ['greeting lines without end', 'GREETING', '220-x\r\n', 'connect', 'not-an-smtp-server'],
    ['EHLO lines without end', 'EHLO', '250-X\r\n', 'connect', 'not-an-smtp-server'],
    ['whole replies without end', 'EHLO', '250 ok\r\n', 'connect', 'connection-lost'],
    ['one line without end', 'MAIL', '250 x', 'sender', 'connection-lost'],
    ['empty lines without end', 'MAIL', '\r\n', 'sender', 'connection-lost'],
  ] as const)('%s', async (_, verb, text, stage, code) => {
    const { act, poured } = flood(text)
    const before = process.memoryUsage().rss
    const { server, failed, tookMs } = await meetOneByOne(
      { act: (line) => (line.startsWith(verb) ? act : null) },
      { deadlineMs: 8000 },
    )
    expect(failed).toMatchObject({ stage, fault: { kind: 'net', code } })
    expect(poured.bytes).toBeLessThan(64 * 1024 * 1024)
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024)
    expect(tookMs).toBeLessThan(3000)
    await expectGone(server)
  })

  test('a reply of 128 lines is read, and one of 129 ends the connection', async () => {
    const reply = (count: number) =>
      Array.from({ length: count }, (_, at) => `250${at === count - 1 ? ' ' : '-'}ok`).join('\r\n')
    const many = await meetOneByOne(
      { act: (line) => (line.startsWith('MAIL') ? reply(129) : null) },
      { deadlineMs: 5000 },
    )
    expect(many.failed).toMatchObject({ stage: 'sender', fault: { code: 'connection-lost' } })
    const most = await meetOneByOne(
      { act: (line) => (line.startsWith('MAIL') ? reply(128) : null) },
      { deadlineMs: 5000 },
    )
    expect(most.result.ok).toBe(true)
  })
})
