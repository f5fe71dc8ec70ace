import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { authority, meet } from '../../tests/support/served'
import { listen, startSmtp } from '../../tests/support/servers'
import { attempt, MAIL, MAILBOX, PASSWORD, password, TOKEN, xoauth2 } from '../../tests/support/smtp-attempt'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { createDialer } from '../net'
import { createMailTransport } from './transport'

/** Nothing that was sent in clear text holds a credential or an AUTH. */
function expectNoCredential(bytes: string): void {
  const needles = [TOKEN, PASSWORD].flatMap((secret) => [secret, Buffer.from(secret).toString('base64').slice(4, 20)])
  for (const needle of [...needles, 'AUTH', 'MAIL']) expect(bytes).not.toContain(needle)
}

describe('N-10 F-23 no credential leaves without TLS', () => {
  test.each([
    [
      'STARTTLS is hidden',
      {
        extensions: () => ['AUTH PLAIN LOGIN XOAUTH2'],
        act: (line: string) => (line === 'STARTTLS' ? '502 5.5.1 unknown' : null),
      },
    ],
    ['454', { act: (line: string) => (line === 'STARTTLS' ? '454 4.7.0 TLS not available' : null) }],
    ['500', { act: (line: string) => (line === 'STARTTLS' ? '500 5.5.1 what?' : null) }],
  ])('%s', async (_, script) => {
    for (const login of [xoauth2, password]) {
      const { server, failed, passed } = await meet(script, { login })
      expect(failed).toMatchObject({
        stage: 'tls',
        fault: { kind: 'net', code: 'starttls-not-offered', host: 'localhost' },
      })
      expect(passed).toEqual(['connect'])
      expectNoCredential(Buffer.concat(server.received).toString('latin1'))
    }
  })

  test.each(['421 4.3.2 Try again later', '432 4.7.0 Too fast', '451 4.3.0 Local error', '450 4.7.1 Greylisted'])(
    'a server that answers STARTTLS with %s offers it',
    async (reply) => {
      const { server, failed, passed } = await meet({ act: (line) => (line === 'STARTTLS' ? reply : null) })
      expect(failed).toEqual({ stage: 'tls', fault: expect.objectContaining({ kind: 'smtp', reply }) })
      expect(passed).toEqual(['connect'])
      expectNoCredential(Buffer.concat(server.received).toString('latin1'))
    },
  )

  test('the connection drops instead of going on in clear text', async () => {
    const { server, failed } = await meet({
      act: (line) => (line === 'STARTTLS' ? (socket) => socket.destroy() : null),
    })
    expect(failed).toMatchObject({ stage: 'tls', fault: { kind: 'net', code: 'connection-lost' } })
    expectNoCredential(Buffer.concat(server.received).toString('latin1'))
  })

  test('a login without encryption is a bug of the caller, and nothing is dialled', async () => {
    const server = await untilTestEnds(startSmtp({ security: 'none' }))
    await expect(attempt(server, { security: 'none', login: password })).rejects.toThrow('A login without TLS')
    expect(server.connections).toBe(0)
  })

  test('without encryption an offer of STARTTLS is not taken, and no login is tried', async () => {
    const { server, result } = await meet({ security: 'none' })
    expect(result.ok).toBe(true)
    expect(server.commands.filter((line) => /^(STARTTLS|AUTH)/.test(line))).toEqual([])
  })
})

describe('N-11 F-24 what comes before the handshake is not believed after it', () => {
  test.each([
    ['a reply', '250-evil\r\n250 AUTH PLAIN\r\n'],
    ['half a line', '250-AUTH PL'],
    ['a success', '235 2.7.0 in\r\n'],
  ])('%s in the same segment as the answer to STARTTLS drops the connection', async (_, injected) => {
    const { server, failed } = await meet({
      act: (line) => (line === 'STARTTLS' ? (socket) => socket.write(`220 ready\r\n${injected}`) : null),
    })
    expect(failed).toMatchObject({
      stage: 'tls',
      fault: { kind: 'net', code: 'connection-lost', evidence: expect.stringContaining('STARTTLS') },
    })
    expectNoCredential(Buffer.concat(server.received).toString('latin1'))
  })

  test('a reply too many before STARTTLS ends the connection', async () => {
    const { server, failed } = await meet({
      act: (line) => (line.startsWith('EHLO') ? '250-x\r\n250 STARTTLS\r\n235 2.7.0 in' : null),
    })
    expect(failed?.fault.kind).toBe('net')
    expectNoCredential(Buffer.concat(server.received).toString('latin1'))
  })
})

describe('N-09 F-25 F-26 certificates and versions', () => {
  const HOUR_MS = 60 * 60 * 1000
  test.each([
    ['self-signed', { selfSigned: true }, 'certificate-untrusted'],
    ['of another name', { names: ['mail.fabrikam.example'] }, 'certificate-name-mismatch'],
    ['expired', { notAfter: new Date(Date.now() - HOUR_MS) }, 'certificate-expired'],
    ['of tomorrow', { notBefore: new Date(Date.now() + HOUR_MS) }, 'certificate-expired'],
  ])('a certificate %s', async (_, wish, code) => {
    const other = await authority.certify(wish)
    for (const security of ['starttls', 'tls'] as const) {
      const { server, failed, passed } = await meet({ identity: other, security })
      const evidence = expect.stringMatching(/; subject .+; issuer .+; valid from .+; names DNS:/)
      expect(failed).toMatchObject({ stage: 'tls', fault: { kind: 'net', code, evidence } })
      expect(passed).toEqual(['connect'])
      expect(server.commands.filter((line) => line.startsWith('AUTH'))).toEqual([])
    }
  })

  test('TLS 1.1 is refused as too old', async () => {
    const tls = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    for (const security of ['starttls', 'tls'] as const)
      expect((await meet({ tls, security })).failed).toMatchObject({
        stage: 'tls',
        fault: { code: 'tls-version-unsupported' },
      })
  })

  test('TLS spoken to a STARTTLS port, and the reverse', async () => {
    expect((await meet({ security: 'starttls' }, { security: 'tls' })).failed).toMatchObject({
      stage: 'tls',
      fault: { kind: 'net', code: 'tls-expected' },
    })
    const alert = await untilTestEnds(listen((socket) => socket.write(Buffer.from('1503030002020a', 'hex'))))
    expect((await attempt(alert)).failed).toMatchObject({
      stage: 'connect',
      fault: { kind: 'net', code: 'tls-expected' },
    })
  })
})

describe('N-05 F-18 what is no mail server is named, and its banner is never shown', () => {
  test.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\nServer: secret-proxy\r\n\r\n<html>'],
    ['SSH', 'SSH-2.0-secret_9.6\r\n'],
    ['MySQL', '\u004a\u0000\u0000\u0000\u000a8.0.secret\u0000'],
    ['POP3', '+OK secret ready\r\n'],
    ['Redis', "-ERR secret 'EHLO'\r\n"],
    ['five digits', '22000 secret\r\n'],
    ['letters for digits', '2x0 secret\r\n'],
    ['two codes in one greeting', '220-secret\r\n250 other\r\n'],
    ['a success that greets nobody', '250 secret\r\n'],
  ])('%s', async (_, banner) => {
    const server = await untilTestEnds(listen((socket) => socket.write(Buffer.from(banner, 'latin1'))))
    const { failed, transcript, passed } = await attempt(server)
    expect(failed).toMatchObject({ stage: 'connect', fault: { kind: 'net', code: 'not-an-smtp-server' } })
    expect(passed).toEqual([])
    expect(JSON.stringify(failed) + (banner.startsWith('250') ? '' : transcript.join())).not.toContain('secret')
  })

  test('F-22 a reply later on that is none ends the attempt, temporarily', async () => {
    for (const reply of ['99999 what', '250-a\r\n550 b', 'garbage \u0001', '700 x'])
      expect((await meet({ act: (line) => (line.startsWith('MAIL') ? reply : null) })).failed).toMatchObject({
        stage: 'sender',
        fault: { kind: 'net', code: 'connection-lost' },
      })
  })
})

describe.each([
  ['MAIL', '250 ok\r\n250 ok\r\n250 ok'],
  ['DATA', '354 go ahead\r\n250 ok'],
])(
  'F-22 a server that answers %s too often is not believed to have taken a message that it refuses',
  (verb, replies) => {
    test.each([[['PIPELINING']], [[]]])('with %j', async (more) => {
      const { server, result, failed } = await meet({
        extensions: (isSecured) => [isSecured ? 'AUTH XOAUTH2' : 'STARTTLS', ...more],
        act: (line) => {
          if (line.startsWith(verb)) return replies
          return line === 'MESSAGE' ? '550 5.7.1 refused' : null
        },
      })
      expect(result.ok).toBe(false)
      const stage = verb === 'MAIL' && more.length === 0 ? 'recipient' : 'data'
      expect(failed).toMatchObject({ stage, fault: { kind: 'net', code: 'connection-lost' } })
      expect(failed).not.toHaveProperty('unknownOutcome')
      expect(server.messages).toEqual([])
    })
  },
)

test.each(['235 2.7.0 welcome', '250 again'])(
  'F-22 %j before AUTH is not taken for the answer to it, and no AUTH is sent',
  async (early) => {
    const { server, failed } = await meet({
      act: (line, { secured }) =>
        secured && line.startsWith('EHLO') ? `250-mail.example\r\n250 AUTH XOAUTH2\r\n${early}` : null,
    })
    expect(failed).toMatchObject({ stage: 'auth', fault: { kind: 'net', code: 'connection-lost' } })
    expect(server.commands.filter((line) => line.startsWith('AUTH'))).toEqual([])
  },
)

test.each([[['PIPELINING']], [[]]])(
  'F-22 a server that refuses the text and closes the connection in one packet is understood by its refusal, with %j',
  async (more) => {
    const { failed } = await meet({
      extensions: (isSecured) => [isSecured ? 'AUTH XOAUTH2' : 'STARTTLS', ...more],
      act: (line) => (line === 'DATA' ? '554 5.7.1 refused\r\n421 4.4.2 closing' : null),
    })
    expect(failed).toMatchObject({ stage: 'data', fault: { kind: 'smtp', code: 554, enhanced: '5.7.1' } })
  },
)

test('F-16 a closed port, a name that is none, an address that is not public', async () => {
  const closed = await listen(() => {})
  await closed.close()
  expect((await attempt(closed)).failed).toMatchObject({ stage: 'connect', fault: { code: 'connection-refused' } })
  const transport = createMailTransport(createDialer({ allowNetworks: [], allowPorts: [] }), { ehloName: 'x.example' })
  const options = { signal: AbortSignal.timeout(1000), dryRun: true, onStep() {}, onLine() {} }
  const server = { host: 'localhost', port: 587, security: 'starttls', login: { kind: 'none' } } as const
  expect(await transport.attempt(server, MAIL, options)).toMatchObject({
    error: { stage: 'connect', fault: { code: 'address-not-allowed' } },
  })
})

test('F-34 F-35 a connection lost before and after the dot', async () => {
  const drop = (socket: Socket) => void socket.end()
  const before = await meet({ act: (line) => (line === 'DATA' ? drop : null) })
  expect(before.failed).toMatchObject({ stage: 'data', fault: { kind: 'net', code: 'connection-lost' } })
  const after = await meet({ act: (line) => (line === 'MESSAGE' ? drop : null) })
  expect(after.failed).toMatchObject({ stage: 'data', fault: { kind: 'net', code: 'connection-lost' } })
})

test('M-02 a name to greet with that would be a second command is refused', () => {
  const dialer = createDialer({ allowNetworks: [], allowPorts: [] })
  for (const ehloName of ['a\r\nMAIL FROM:<x>', 'a b', '', 'a\u0000'])
    expect(() => createMailTransport(dialer, { ehloName })).toThrow()
  expect(MAILBOX).toContain('@')
})
