import { randomBytes, randomInt } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { authority, serveSmtp } from '../../tests/support/served'
import type { SmtpScript } from '../../tests/support/servers'
import { EHLO_NAME, MAIL, xoauth2 } from '../../tests/support/smtp-attempt'
import { createDialer } from '../net'
import { compose } from './message'
import { createMailTransport } from './transport'

/** One connection for several messages. */
async function connected(script: SmtpScript = {}) {
  const server = await serveSmtp(script)
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [server.port], ca: [authority.certificate] })
  const target = { host: 'localhost', port: server.port, security: 'starttls', login: xoauth2 } as const
  const transport = createMailTransport(dialer, { ehloName: EHLO_NAME })
  const opened = await transport.connect(target, { signal: AbortSignal.timeout(5000), onStep() {} })
  if (!opened.ok) throw new Error('not connected')
  const connection = opened.value
  onTestFinished(() => connection.end())
  const send = async (subject: string, deadlineMs = 5000) => {
    const message = await compose({ ...MAIL, subject })
    if (!message) throw new Error('not composed')
    const stages: string[] = []
    const result = await connection.send(message, {
      signal: AbortSignal.timeout(deadlineMs),
      dryRun: false,
      onStep: ({ stage }) => stages.push(stage),
      onLine() {},
    })
    return { result, stages }
  }
  return { server, send, connection }
}

test('many messages share a connection, each arrives once, each reports its steps', async () => {
  const { server, send } = await connected()
  for (let at = 0; at < 10; at++) {
    const { result, stages } = await send(`number ${at}.`)
    expect(result.ok).toBe(true)
    expect(stages).toEqual(['sender', 'recipient', 'data'])
  }
  expect(server.connections).toBe(1)
  for (let at = 0; at < 10; at++)
    expect(server.messages.filter((text) => text.includes(`number ${at}.`))).toHaveLength(1)
  expect(server.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(1)
})

test.each([
  ['an ordinary one', 'a\r\n\r\nb.\r\n', 'a\r\n\r\nb.'],
  ['with a dot in front of a line', 'a\r\n.\r\nQUIT\r\n', 'a\r\n..\r\nQUIT'],
  ['with a dot in front', '.\r\na\r\n', '..\r\na'],
  ['with a dot after a lone LF', 'a\n.\nQUIT\r\n', 'a\r\n..\r\nQUIT'],
  ['with a dot after a lone CR', 'a\r.\rQUIT\r\n', 'a\r\n..\r\nQUIT'],
  ['without a line end', 'a', 'a'],
  ['that is long', `${'a'.repeat(76)}\r\n`.repeat(400), `${'a'.repeat(76)}\r\n`.repeat(400).trimEnd()],
])('M-05 a text arrives whole, and nothing of it ends the message: %s', async (_, text, arrives) => {
  const { server, connection } = await connected()
  const envelope = { from: MAIL.envelopeFrom, to: MAIL.to }
  const options = { signal: AbortSignal.timeout(5000), dryRun: false, onStep() {} }
  for (let nth = 0; nth < 2; nth++)
    expect((await connection.send({ bytes: Buffer.from(text), envelope, needsUtf8: false }, options)).ok).toBe(true)
  expect(server.messages).toEqual([arrives, arrives])
})

/** The short one leaves in one write. */
const RANDOM_BYTES = [1_000, 256 * 1024]
const PIECES = ['\r\n.\r\n', '\n.\n', '\r.\r', '\r', '\n', '.', ' ', '\t', '€', 'ä'.repeat(60), 'x'.repeat(1_500)]
/** Of every character that a text may have, with many line ends, dots and long lines. */
function randomText(bytes: number): string {
  let text = '\r\n.\r'
  while (text.length < bytes) {
    const odd = PIECES[randomInt(3 * PIECES.length)]
    text +=
      odd ??
      randomBytes(50)
        .toString('latin1')
        .replace(/(?![\r\n\t])\p{Cc}/gu, '')
  }
  return text
}

test.each(RANDOM_BYTES)(
  'M-05 a random text of %i octets is one message on the wire: CRLF line ends, no line over 998 octets, one final dot',
  async (bytes) => {
    const extensions = (isSecured: boolean) => [isSecured ? 'AUTH XOAUTH2' : 'STARTTLS', '8BITMIME']
    const { server, send, connection } = await connected({ extensions })
    const message = await compose({ ...MAIL, text: randomText(bytes), html: randomText(bytes) })
    if (!message) throw new Error('not composed')
    const options = { signal: AbortSignal.timeout(15_000), dryRun: false, onStep() {} }
    expect(await connection.send(message, options)).toMatchObject({ ok: true })
    expect((await send('next')).result.ok).toBe(true)
    // The server takes everything after the first final dot as commands, and then as the next message.
    const [wire = '', next] = server.messages
    expect(server.messages).toHaveLength(2)
    expect(next).toContain('Subject: next')
    const verbs = server.commands.slice(server.commands.indexOf('DATA')).map((line) => line.split(' ')[0])
    expect(verbs).toEqual(['DATA', 'MAIL', 'RCPT', 'DATA'])
    expect(/\0|\r(?!\n)|(?<!\r)\n/.exec(wire)).toBeNull()
    expect(Math.max(...wire.split('\r\n').map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(998)
    const composed = message.bytes.toString().replace(/\r\n|\r|\n/g, '\r\n')
    expect(`${wire.replace(/^\.\./gm, '.')}\r\n` === composed, 'it arrives as composed').toBe(true)
  },
)

test('F-40 a server that closes after a message costs the connection, not the message', async () => {
  const { send, connection } = await connected({
    act: (line) => (line === 'MESSAGE' ? (socket) => socket.end('250 2.0.0 OK\r\n') : null),
  })
  expect((await send('a')).result.ok).toBe(true)
  await expect.poll(() => connection.ended).toBe(true)
})

test.each([
  ['MESSAGE', 'data'],
  ['RCPT', 'recipient'],
])('a message that is refused at %s is reset and does not stop the next one', async (step, stage) => {
  let refuse = true
  const { server, send } = await connected({ act: (line) => (line.startsWith(step) && refuse ? '554 5.2.0 no' : null) })
  const { result } = await send('a')
  expect(result).toMatchObject({ ok: false, error: { stage, fault: { code: 554 } } })
  expect(result).not.toHaveProperty('error.unknownOutcome')
  refuse = false
  expect((await send('b')).result.ok).toBe(true)
  expect(server.connections).toBe(1)
  const verbs = server.commands.map((line) => line.split(' ')[0])
  expect(verbs.slice(verbs.indexOf('RSET'))).toEqual(['RSET', 'MAIL', 'RCPT', 'DATA'])
})

const offering =
  (...more: string[]) =>
  (isSecured: boolean) => [isSecured ? 'AUTH XOAUTH2' : 'STARTTLS', '8BITMIME', ...more]
const ENVELOPE = { from: MAIL.envelopeFrom, to: MAIL.to }
const sending = () => ({ signal: AbortSignal.timeout(5000), dryRun: false, onStep() {} })

test.each([
  ['text', { needsUtf8: true, envelope: ENVELOPE }],
  ['recipient', { needsUtf8: false, envelope: { ...ENVELOPE, to: ['jürgen@fabrikam.example'] } }],
])('F-41 a message whose %s needs SMTPUTF8 is refused before MAIL by a server without it', async (_, message) => {
  const { server, connection } = await connected({ extensions: offering() })
  const result = await connection.send({ ...message, bytes: Buffer.from('a\r\n') }, sending())
  expect(result).toMatchObject({ ok: false, error: { stage: 'sender', fault: { missing: 'smtputf8' } } })
  expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual([])
})

test('F-43 a message of the size that the server takes is sent, a longer one is refused before MAIL', async () => {
  const { server, connection } = await connected({ extensions: offering('SIZE 5') })
  const sent = (text: string) =>
    connection.send({ bytes: Buffer.from(text), envelope: ENVELOPE, needsUtf8: false }, sending())
  expect((await sent('aaa\r\n')).ok).toBe(true)
  const longer = await sent('aaaa\r\n')
  expect(longer).toMatchObject({ ok: false, error: { stage: 'sender', fault: { missing: 'size' } } })
  expect(server.commands.filter((line) => line.startsWith('MAIL'))).toHaveLength(1)
})

test('F-34 the outcome of a message is known if the connection is lost before its text', async () => {
  const { server, send } = await connected({
    act: (line) => (line.startsWith('RCPT') ? (socket) => socket.destroy() : null),
  })
  const { result } = await send('a')
  expect(result).toMatchObject({ ok: false, error: { stage: 'recipient', fault: { code: 'connection-lost' } } })
  expect(result).not.toHaveProperty('error.unknownOutcome')
  expect(server.messages).toEqual([])
})

test('a server that does not accept the reset gets no other message', async () => {
  const { send, connection } = await connected({ act: (line) => (/^(RCPT|RSET)/.test(line) ? '554 5.2.0 no' : null) })
  expect((await send('a')).result).toMatchObject({ ok: false, error: { stage: 'recipient', fault: { code: 554 } } })
  expect(connection.ended).toBe(true)
})

/** Sends a message whose text is held back, up to the answer to DATA. */
async function heldBack(script: SmtpScript = {}) {
  const { server, connection } = await connected(script)
  const message = await compose(MAIL)
  if (!message) throw new Error('not composed')
  let allow = (_: boolean): void => {}
  const mayFollow = new Promise<boolean>((resolve) => {
    allow = resolve
  })
  const options = { signal: AbortSignal.timeout(5000), dryRun: false, onStep() {}, mayFollow }
  const sent = connection.send(message, options)
  await expect.poll(() => server.commands).toContain('DATA')
  return { server, connection, sent, allow }
}

test('R-03 a text that is held back follows once it may, and never if it is taken back', async () => {
  const followed = await heldBack()
  expect(followed.server.messages).toEqual([])
  followed.allow(true)
  expect((await followed.sent).ok).toBe(true)
  expect(followed.server.messages).toHaveLength(1)

  const takenBack = await heldBack()
  takenBack.allow(false)
  const error = { stage: 'data', fault: { evidence: 'the message was taken back' }, textHeld: true }
  expect(await takenBack.sent).toMatchObject({ ok: false, error })
  expect(takenBack.connection.ended).toBe(true)
  expect(takenBack.server.messages).toEqual([])
})

test('R-03 a refusal of DATA is reported at once, although the text is still held back', async () => {
  const { sent } = await heldBack({ act: (line) => (line === 'DATA' ? '554 5.3.0 no' : null) })
  expect(await sent).toMatchObject({ ok: false, error: { stage: 'data', fault: { code: 554 }, textHeld: true } })
})

test('R-03 a connection that ends while the text is held back has nothing of the message', async () => {
  const { server, sent, allow, connection } = await heldBack({
    act: (line) => (line === 'DATA' ? (socket) => socket.end('354 go\r\n') : null),
  })
  const result = await sent
  expect(result).toMatchObject({ ok: false, error: { fault: { code: 'connection-lost' }, textHeld: true } })
  expect(result).not.toHaveProperty('error.unknownOutcome')
  allow(true)
  expect([connection.ended, server.messages]).toEqual([true, []])
})

test.each([[['PIPELINING']], [[]]])(
  'a reply before its command is not taken for the answer to the next message, with %j',
  async (more) => {
    const { server, send, connection } = await connected({
      extensions: (secured) => [secured ? 'AUTH XOAUTH2' : 'STARTTLS', ...more],
      act: (line) => (line === 'MESSAGE' ? '250 2.0.0 OK\r\n550 5.7.1 no' : null),
    })
    expect((await send('a')).result.ok).toBe(true)
    const second = await send('b')
    const evidence = 'a reply came before its command; the connection was dropped'
    const error = { stage: 'sender', fault: { code: 'connection-lost', evidence } }
    expect(second.result).toMatchObject({ ok: false, error })
    expect(connection.ended).toBe(true)
    expect(server.messages).toHaveLength(1)
  },
)

test('a 421 that comes between two messages is the answer to the next one', async () => {
  const { server, send, connection } = await connected({
    act: (line) => (line === 'MESSAGE' ? '250 2.0.0 OK\r\n421 4.3.2 The server is restarting' : null),
  })
  expect((await send('a')).result.ok).toBe(true)
  expect((await send('b')).result).toMatchObject({ ok: false, error: { stage: 'sender', fault: { code: 421 } } })
  expect(connection.ended).toBe(true)
  expect(server.messages).toHaveLength(1)
})

test.each(['354 go\r\n250 2.0.0 queued', '250 2.0.0 OK'])(
  'R-03 DATA answered with %j: a success before the text is not taken for the answer to it, and no text is sent',
  async (answer) => {
    const { server, send } = await connected({ act: (line) => (line === 'DATA' ? answer : null) })
    expect((await send('a')).result).toMatchObject({
      ok: false,
      error: { stage: 'data', fault: { code: 'connection-lost' } },
    })
    expect(server.messages).toEqual([])
    expect(server.commands.at(-1)).toBe('DATA')
  },
)

test('N-12 the deadline of a message ends the connection', async () => {
  let stall = false
  const { send, connection } = await connected({ act: (line) => (line === 'MESSAGE' && stall ? () => {} : null) })
  expect((await send('a')).result.ok).toBe(true)
  stall = true
  expect((await send('b', 200)).result).toMatchObject({
    error: { stage: 'data', fault: { code: 'deadline-passed' }, unknownOutcome: true },
  })
  expect(connection.ended).toBe(true)
})
