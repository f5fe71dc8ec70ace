import type { Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { meet, serveSmtp } from '../../tests/support/served'
import type { SmtpScript } from '../../tests/support/servers'
import { EHLO_NAME, MAIL, MAILBOX, PASSWORD, password, TOKEN } from '../../tests/support/smtp-attempt'
import { createDialer } from '../net'
import { parseRecipientEmail } from '../validation/email-address'
import type { LongText } from './contracts'
import { createMailTransport } from './transport'

/** One connection for several messages, each of these bytes. */
async function connected(extensions: string[] = ['PIPELINING', '8BITMIME'], script: SmtpScript = {}) {
  const server = await serveSmtp({ security: 'none', extensions: () => extensions, ...script })
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [server.port] })
  const options = { signal: AbortSignal.timeout(10_000), dryRun: false, onStep() {} }
  const target = { host: 'localhost', port: server.port, security: 'none', login: { kind: 'none' } } as const
  const opened = await createMailTransport(dialer, { ehloName: EHLO_NAME }).connect(target, options)
  if (!opened.ok) throw new Error('not connected')
  onTestFinished(() => opened.value.end())
  return {
    server,
    send: (bytes: Buffer | LongText, needsUtf8 = false, to = MAIL.to) =>
      opened.value.send({ bytes, envelope: { from: MAILBOX, to }, needsUtf8 }, options),
  }
}

const inPieces = (...texts: string[]): LongText => ({
  length: texts.join('').length,
  async *pieces() {
    for (const text of texts) yield Buffer.from(text)
  },
})

/** The script that answers so at the first line that begins with `verb`. */
const at = (verb: string, reply: string): SmtpScript => ({ act: (line) => (line.startsWith(verb) ? reply : null) })

describe('a message goes out, step by step', () => {
  test.each([
    ['starttls', ['connect', 'tls', 'auth', 'sender', 'recipient', 'data']],
    ['tls', ['connect', 'tls', 'auth', 'sender', 'recipient', 'data']],
    ['none', ['connect', 'sender', 'recipient', 'data']],
  ] as const)('with %s', async (security, stages) => {
    const { server, result, steps, passed } = await meet({ security })
    expect(result).toEqual({
      ok: true,
      value: {
        reply: '250 2.0.0 OK <0123@lab.prod.outlook.com> [Hostname=lab.litware.example]',
        serverMessageId: '<0123@lab.prod.outlook.com>',
        refused: [],
      },
    })
    expect(passed).toEqual(stages)
    expect(steps[0]?.facts).toEqual({
      address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
      greeting: 'mail.litware.example',
    })
    if (security !== 'none') expect(steps[1]?.facts).toEqual({ protocol: 'TLSv1.3' })
    for (const { ms } of steps) expect(ms).toBeGreaterThanOrEqual(0)
    expect(server.connections).toBe(1)
    expect(server.messages).toHaveLength(1)
  })

  test('M-14 F-42 with our own Message-ID and Date, marked as automatic, as text and HTML, within 998 octets and ASCII', async () => {
    const mail = {
      ...MAIL,
      subject: 'Grüße aus Köln',
      text: `.\r\n\u0000${'ä'.repeat(2000)}`,
      replyTo: 'it@contoso.example',
    }
    const { server } = await meet({ security: 'none' }, { mail })
    const [message = ''] = server.messages
    const headers = message.split('\r\n\r\n')[0]?.split('\r\n') ?? []
    expect(headers).toContain('Message-ID: <1b9e@contoso.example>')
    expect(headers).toContain('Date: Tue, 24 Nov 2026 12:00:00 +0000')
    expect(headers).toContain('Auto-Submitted: auto-generated')
    expect(headers).toContain('Reply-To: it@contoso.example')
    expect(headers).toContain('From: Contoso <noreply@contoso.example>')
    expect(message).toMatch(/text\/plain[\s\S]*text\/html/)
    expect(message).toMatch(/^[\t\r\n\x20-\x7e]*$/)
    expect(message.split('\r\n').every((line) => line.length <= 998)).toBe(true)
    expect(message).not.toMatch(/[^\r]\n|\r[^\n]/)
  })

  test.each([
    ['with 8BITMIME as they are, and it is declared', ['8BITMIME'], /BODY=8BITMIME/, 'Grüße'],
    ['without 8BITMIME in seven bits', [], /^MAIL FROM:<\S+>$/, 'Gr=C3=BC=C3=9Fe'],
  ])('F-42 raw octets over 127 go to a server %s', async (_title, extensions, mail, body) => {
    const { send, server } = await connected(extensions)
    const text = 'Subject: q\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n'
    const bytes = Buffer.from(text)
    const long = { ...inPieces(text.slice(0, 70), text.slice(70)), length: bytes.length }
    for (const each of [bytes, long]) expect(await send(each)).toMatchObject({ ok: true })
    expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual(
      Array(2).fill(expect.stringMatching(mail)),
    )
    expect(server.messages).toEqual(Array(2).fill(expect.stringContaining(`\r\n\r\n${body}`)))
  })

  test('F-42 a signed text of other octets is refused before MAIL by a server without 8BITMIME, and the connection serves the next', async () => {
    const { send, server } = await connected([])
    const signed = 'Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nGrüße\r\n--b--\r\n'
    expect(await send(Buffer.from(signed))).toEqual({
      ok: false,
      error: { stage: 'sender', fault: expect.objectContaining({ kind: 'smtp', code: 554, enhanced: '5.6.3' }) },
    })
    expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual([])
    expect(await send(Buffer.from('Subject: q\r\n\r\nok\r\n'))).toMatchObject({ ok: true })
  })

  test('F-42 a text that breaks off while it is looked through for a server without 8BITMIME is a lost connection', async () => {
    const { send, server } = await connected([])
    const broken: LongText = {
      length: 12,
      // biome-ignore lint/correctness/useYield: it breaks off at once
      async *pieces() {
        throw new Error('its text is gone')
      },
    }
    expect(await send(broken)).toEqual({
      ok: false,
      error: {
        stage: 'sender',
        fault: expect.objectContaining({ code: 'connection-lost', evidence: 'its text is gone' }),
      },
    })
    await expect.poll(() => server.endedAt).not.toBeNull()
    expect(server.commands.filter((line) => line.startsWith('MAIL'))).toEqual([])
  })

  test('each character in quotation marks that our parser accepts can be sent, so that no other recipient waits for it', async () => {
    const characters = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
    const quoted = characters.flatMap((each) => [`"a${each}b"@fabrikam.example`, `"a\\${each}b"@fabrikam.example`])
    const accepted = quoted.filter((address) => parseRecipientEmail(address).ok)
    expect(accepted).toContain('"a b"@fabrikam.example')
    const { send, server } = await connected()
    expect(await send(Buffer.from('Subject: q\r\n\r\nok\r\n'), false, accepted)).toMatchObject({ ok: true })
    const sent = accepted.map((address) => `RCPT TO:<${address}>`)
    expect(server.commands.filter((line) => line.startsWith('RCPT'))).toEqual(sent)
  })

  test('M-01 no server is asked when the library reads other recipients from the addresses', async () => {
    // In its other spelling the library takes it for the first one.
    const mail = { ...MAIL, to: ['anna@fabrikam.example', 'anna@FABRIKAM.example'] }
    const { server, result } = await meet({ security: 'none' }, { mail })
    expect(result).toEqual({
      ok: false,
      error: { stage: 'recipient', fault: expect.objectContaining({ kind: 'smtp', code: 501, enhanced: '5.1.3' }) },
    })
    expect(server.connections).toBe(0)
  })

  test('the transcript holds both sides, without credential and without body', async () => {
    for (const login of [undefined, password]) {
      const { server, transcript } = await meet({}, login ? { login } : {})
      expect(transcript).toContain(`C: EHLO ${EHLO_NAME}`)
      expect(transcript).toEqual(
        expect.arrayContaining(login ? ['C: AUTH PLAIN [secret]'] : ['C: AUTH XOAUTH2', 'C: [secret]']),
      )
      expect(transcript).toContain('C: RCPT TO:<anna@fabrikam.example>')
      expect(transcript.some((line) => line.startsWith('S: 220 '))).toBe(true)
      expect(server.messages[0]).toContain('It works.')
      expect(transcript.join('\n')).not.toMatch(/It works|canary|Y2FuYXJ5|dXNlcj1/)
    }
  })

  test('a token of 12 000 characters fits', async () => {
    const token = 't'.repeat(12_000)
    const { Redacted } = await import('../kernel/redacted')
    const login = { kind: 'xoauth2' as const, mailbox: MAILBOX, token: new Redacted(token) }
    const { server, result } = await meet({}, { login })
    expect(result.ok).toBe(true)
    const line = server.commands[server.commands.indexOf('AUTH XOAUTH2') + 1] ?? ''
    expect(Buffer.from(line, 'base64').toString()).toBe(`user=${MAILBOX}\u0001auth=Bearer ${token}\u0001\u0001`)
  })

  test('a login of any length passes a server that keeps RFC 5321’s 512 octets for a command line', async () => {
    const { Redacted } = await import('../kernel/redacted')
    const act = (line: string) =>
      line.startsWith('AUTH') && Buffer.byteLength(line) + 2 > 512 ? '500 5.5.2 Line too long' : null
    for (const login of [
      { kind: 'xoauth2' as const, mailbox: MAILBOX, token: new Redacted('t'.repeat(100)) },
      { kind: 'xoauth2' as const, mailbox: MAILBOX, token: new Redacted('t'.repeat(2000)) },
      { kind: 'password' as const, username: 'noreply', password: new Redacted('p'.repeat(20)) },
      { kind: 'password' as const, username: 'noreply', password: new Redacted('p'.repeat(600)) },
    ]) {
      const { server, result } = await meet({ act }, { login })
      expect(result.ok).toBe(true)
      const secret = login.kind === 'xoauth2' ? login.token : login.password
      const inCommand = server.commands.some((line) => /^AUTH \w+ ./.test(line))
      expect(inCommand).toBe(secret.reveal().length < 200)
    }
  })

  test('M-05 a text in pieces arrives as it would in one, wherever it is cut', async () => {
    const text = '.first\r\n.\r\n..\r\nlast\r\n'
    const { send, server } = await connected()
    await send(Buffer.from(text))
    for (let cut = 1; cut < text.length; cut++) await send(inPieces(text.slice(0, cut), text.slice(cut)))
    expect(server.messages).toEqual(Array(text.length).fill(server.messages[0]))
    expect(server.messages[0]).toBe('..first\r\n..\r\n...\r\nlast')
  })

  test('M-05 a text whose last line has no end gets one before the final dot', async () => {
    const { send, server } = await connected()
    expect(await send(Buffer.from('first\r\nlast'))).toMatchObject({ ok: true })
    expect(server.messages).toEqual(['first\r\nlast'])
  })

  test('R-03 a text that breaks off ends the connection before the final dot: the server takes nothing', async () => {
    const { send, server } = await connected()
    const broken: LongText = {
      length: 12,
      async *pieces() {
        yield Buffer.from('first\r\n')
        throw new Error('its text is gone')
      },
    }
    expect(await send(broken)).toEqual({
      ok: false,
      error: {
        stage: 'data',
        fault: expect.objectContaining({ code: 'connection-lost', evidence: 'its text is gone' }),
      },
    })
    await expect.poll(() => server.endedAt).not.toBeNull()
    expect(server.messages).toEqual([])
  })

  test.each([
    ['250 2.0.0 queued', { kind: 'net', code: 'connection-lost' }],
    ['552 5.3.4 too large', { kind: 'smtp', code: 552 }],
  ])(
    'R-03 a server that answers %s before the end of the text has not accepted it, and gets no more of it',
    async (early, fault) => {
      const act = (line: string) => {
        if (line === 'DATA') return (socket: Socket) => socket.write('354 go\r\n')
        return line === 'first' ? early : null
      }
      const { send, server } = await connected(undefined, { act })
      const unending: LongText = {
        length: 12,
        async *pieces() {
          yield Buffer.from('first\r\n')
          await new Promise(() => {})
        },
      }
      expect(await send(unending)).toEqual({
        ok: false,
        error: { stage: 'data', fault: expect.objectContaining(fault) },
      })
      await expect.poll(() => server.endedAt).not.toBeNull()
      expect(server.commands.at(-1)).toBe('first')
    },
  )

  test('F-37 a server that drops the line after 250 has accepted; one that ignores QUIT is left', async () => {
    const reset = await meet({ act: (line) => (line === 'QUIT' ? (socket) => socket.destroy() : null) })
    expect(reset.result.ok).toBe(true)
    const deaf = await meet({ act: (line) => (line === 'QUIT' ? () => {} : null) })
    expect(deaf.result.ok).toBe(true)
    expect(deaf.tookMs).toBeLessThan(1500)
  })
})

describe('a dry run', () => {
  test.each(['starttls', 'tls', 'none'] as const)(
    'with %s takes every step but data, and takes the envelope back',
    async (security) => {
      const { server, result, passed } = await meet({ security }, { dryRun: true })
      expect(result).toEqual({ ok: true, value: { reply: null, serverMessageId: null, refused: [] } })
      expect(passed.at(-1)).toBe('recipient')
      expect(server.commands.filter((line) => line === 'DATA')).toEqual([])
      expect(server.messages).toEqual([])
      const wet = await meet({ security })
      const envelope = (lines: string[]) => lines.filter((line) => /^(EHLO|AUTH|MAIL|RCPT)/.test(line))
      expect(envelope(server.commands)).toEqual(envelope(wet.server.commands))
    },
  )

  test('finds what a sending finds', async () => {
    for (const dryRun of [true, false]) {
      const sender = await meet(
        at('MAIL', '550 5.7.60 SMTP; Client does not have permissions to send as this sender'),
        { dryRun },
      )
      expect(sender.failed).toMatchObject({ stage: 'sender', fault: { kind: 'smtp', code: 550, enhanced: '5.7.60' } })
      const recipient = await meet(at('RCPT', '550 5.1.10 RESOLVER.ADR.RecipientNotFound'), { dryRun })
      expect(recipient.failed).toMatchObject({ stage: 'recipient', fault: { code: 550, enhanced: '5.1.10' } })
      expect([...sender.server.messages, ...recipient.server.messages]).toEqual([])
    }
  })

  test('says what the server said when it closes the connection at the first of several recipients', async () => {
    const mail = { ...MAIL, to: ['anna@fabrikam.example', 'bob@fabrikam.example'] }
    const leave = (socket: Socket) => void socket.end('421 4.7.0 Come back later\r\n')
    const { failed, server } = await meet(
      { act: (line) => (line.startsWith('RCPT') ? leave : null) },
      { dryRun: true, mail },
    )
    expect(failed).toMatchObject({ stage: 'recipient', fault: { kind: 'smtp', code: 421, enhanced: '4.7.0' } })
    expect(server.commands.filter((line) => line.startsWith('RCPT'))).toHaveLength(1)
  })
})

describe('the server says no', () => {
  test.each([
    ['GREETING', '554 5.7.1 no service', 'connect', 554, '5.7.1', []],
    ['GREETING', '421 4.3.2 service not available', 'connect', 421, '4.3.2', []],
    ['EHLO', '550 5.7.506 Access denied, bad HELO', 'connect', 550, '5.7.506', []],
    ['EHLO', '421 4.7.0 go away', 'connect', 421, '4.7.0', []],
    ['STARTTLS', '421 4.3.2 later', 'tls', 421, '4.3.2', ['connect']],
    ['AUTH', '535 5.7.3 Authentication unsuccessful [LAB 2026]', 'auth', 535, '5.7.3', ['connect', 'tls']],
    ['AUTH', '421 4.7.66 later', 'auth', 421, '4.7.66', ['connect', 'tls']],
    ['MAIL', '432 4.3.2 Concurrent connections limit exceeded', 'sender', 432, '4.3.2', ['connect', 'tls', 'auth']],
    ['MAIL', '421 4.4.2 bye', 'sender', 421, '4.4.2', ['connect', 'tls', 'auth']],
    ['RCPT', '550 5.7.54 SMTP; Unable to relay', 'recipient', 550, '5.7.54', ['connect', 'tls', 'auth', 'sender']],
    ['RCPT', '451 4.7.500 busy', 'recipient', 451, '4.7.500', ['connect', 'tls', 'auth', 'sender']],
    ['DATA', '451 later', 'data', 451, null, ['connect', 'tls', 'auth', 'sender', 'recipient']],
    ['MESSAGE', '554 5.2.252 SendAsDenied', 'data', 554, '5.2.252', ['connect', 'tls', 'auth', 'sender', 'recipient']],
    ['MESSAGE', '421 4.4.2 bye', 'data', 421, '4.4.2', ['connect', 'tls', 'auth', 'sender', 'recipient']],
  ])('F-18 F-30 F-32 F-38 at %s with %s: stage %s', async (verb, reply, stage, code, enhanced, passed) => {
    for (const pipelining of [true, false]) {
      const usual = (secured: boolean) => [...(pipelining ? ['PIPELINING'] : []), secured ? 'AUTH XOAUTH2' : 'STARTTLS']
      const met = await meet({ ...at(verb, reply), extensions: usual })
      expect(met.failed).toEqual({ stage, fault: { kind: 'smtp', code, enhanced, reply, login: 'xoauth2' } })
      expect(met.passed).toEqual(passed)
    }
  })

  test('after a refusal nothing is left open, at whatever step it came', async () => {
    for (const verb of ['GREETING', 'EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'MESSAGE'])
      for (const dryRun of [false, true]) {
        const { server } = await meet(at(verb, '550 5.7.1 no'), { dryRun })
        await expect.poll(() => server.endedAt, { timeout: 900, interval: 5 }).not.toBeNull()
      }
  })

  test('over several lines: joined, code and enhanced code in front once', async () => {
    const met = await meet(
      at(
        'MAIL',
        '550-5.7.60 SMTP; Client does not have\r\n550-5.7.60 permissions to send\r\n550 5.7.60 as this sender [LAB]',
      ),
    )
    expect(met.failed?.fault).toMatchObject({
      enhanced: '5.7.60',
      reply: '550 5.7.60 SMTP; Client does not have permissions to send as this sender [LAB]',
    })
  })

  test('F-31 some recipients refused: the mail goes, and each refusal is reported', async () => {
    const mail = { ...MAIL, to: ['a@fabrikam.example', 'b@fabrikam.example', 'c@fabrikam.example'] }
    const script: SmtpScript = {
      act: (line) => {
        if (line.includes('<a@')) return '550 5.1.1 no such user'
        return line.includes('<b@') && line.startsWith('RCPT') ? '450 4.2.0 later' : null
      },
    }
    for (const dryRun of [false, true]) {
      const { result, server, passed } = await meet(script, { mail, dryRun })
      expect(result).toMatchObject({
        ok: true,
        value: {
          refused: [
            { address: 'a@fabrikam.example', fault: { kind: 'smtp', code: 550, enhanced: '5.1.1' } },
            { address: 'b@fabrikam.example', fault: { kind: 'smtp', code: 450, enhanced: '4.2.0' } },
          ],
        },
      })
      expect(passed.filter((stage) => stage === 'recipient')).toHaveLength(1)
      expect(server.messages).toHaveLength(dryRun ? 0 : 1)
    }
  })

  test('F-31 all recipients refused: each refusal is reported, even by a server that then takes DATA (RFC 2920 §3.1)', async () => {
    const mail = { ...MAIL, to: ['a@fabrikam.example', 'b@fabrikam.example'] }
    for (const reply of ['554 5.5.1 no valid recipients', '250 2.0.0 OK'])
      for (const more of [['PIPELINING'], []]) {
        const { failed, server } = await meet(
          {
            extensions: (secured) => [secured ? 'AUTH XOAUTH2' : 'STARTTLS', ...more],
            act: (line) => {
              if (line.startsWith('RCPT')) return '450 4.7.1 Greylisted'
              return { DATA: '354 go', '.': reply }[line] ?? null
            },
          },
          { mail },
        )
        const fault = { kind: 'smtp', code: 450, enhanced: '4.7.1' }
        const refused = mail.to.map((address) => ({ address, fault }))
        expect(failed, reply).toMatchObject({ stage: 'recipient', fault, refused })
        expect(server.messages).toEqual([])
      }
  })

  test('F-27 the mechanism is not offered: no AUTH is tried', async () => {
    const met = await meet({ extensions: (secured) => [secured ? 'AUTH PLAIN LOGIN' : 'STARTTLS'] })
    expect(met.failed).toMatchObject({
      stage: 'auth',
      fault: { missing: 'auth-mechanism', reply: 'the server offers AUTH PLAIN LOGIN' },
    })
    const none = await meet({ extensions: (secured) => (secured ? ['8BITMIME'] : ['STARTTLS']) }, { login: password })
    expect(none.failed).toMatchObject({ stage: 'auth', fault: { missing: 'auth-mechanism', login: 'password' } })
    expect([...met.server.commands, ...none.server.commands].filter((line) => line.startsWith('AUTH'))).toEqual([])
  })

  test('M-11 F-41 F-43 SMTPUTF8 missing and SIZE too small are found before MAIL', async () => {
    const few = (secured: boolean) => [secured ? 'AUTH XOAUTH2' : 'STARTTLS', 'SIZE 300']
    for (const dryRun of [false, true]) {
      const size = await meet({ extensions: few }, { dryRun })
      expect(size.failed).toMatchObject({ stage: 'sender', fault: { missing: 'size', code: 552 } })
      const utf8 = await meet({ extensions: few }, { dryRun, mail: { ...MAIL, to: ['jürgen@fabrikam.example'] } })
      expect(utf8.failed).toMatchObject({ stage: 'sender', fault: { missing: 'smtputf8' } })
      expect([...size.server.commands, ...utf8.server.commands].filter((line) => /^(MAIL|DATA)/.test(line))).toEqual([])
    }
  })

  test('a part of another extension’s name, and a word after the server’s name, are no extension', async () => {
    const offered = (secured: boolean) => [
      'mail-1 is of any SIZE 1',
      ...(secured ? ['AUTH XOAUTH2'] : ['STARTTLS']),
      'X-SIZE 1',
      'SIZE-X 2',
      'X-SMTPUTF8',
      'X-8BITMIME',
    ]
    const { result, server } = await meet({ extensions: offered })
    expect(result.ok).toBe(true)
    expect(server.commands.find((line) => line.startsWith('MAIL'))).toBe(`MAIL FROM:<${MAILBOX}>`)
    const utf8 = await meet({ extensions: offered }, { mail: { ...MAIL, to: ['jürgen@fabrikam.example'] } })
    expect(utf8.failed).toMatchObject({ stage: 'sender', fault: { missing: 'smtputf8' } })
  })

  test('an address in another script goes with SMTPUTF8 where it is offered', async () => {
    const { server, result } = await meet({}, { mail: { ...MAIL, to: ['jürgen@xn--fabrikm-8wa.example'] } })
    expect(result.ok).toBe(true)
    expect(server.commands.find((line) => line.startsWith('MAIL'))).toContain(' SMTPUTF8')
    expect(Buffer.from(server.commands.find((line) => line.startsWith('RCPT')) ?? '', 'latin1').toString()).toBe(
      'RCPT TO:<jürgen@xn--fabrikm-8wa.example>',
    )
  })
})

test.each([[['PIPELINING']], [[]]])('M-11 a header in UTF-8 is declared if its author did, with %j', async (more) => {
  const { server, send } = await connected([...more, '8BITMIME', 'SMTPUTF8'])
  const text = Buffer.from('Subject: Grüße\r\n\r\nx\r\n')
  for (const needsUtf8 of [true, false]) expect((await send(text, needsUtf8)).ok).toBe(true)
  const mails = server.commands.filter((line) => line.startsWith('MAIL'))
  expect(mails.map((line) => line.split(' SMTPUTF8').length - 1)).toEqual([1, 0])
})

describe('AUTH', () => {
  const CHALLENGE = { status: '401', schemes: 'bearer', scope: `https://x.example ${TOKEN.slice(0, 90)}` }
  const challenge = `334 ${Buffer.from(JSON.stringify(CHALLENGE)).toString('base64')}`

  test('F-28 a challenge is decoded, scrubbed and answered with one empty line; AUTH is tried once', async () => {
    const met = await meet({
      act: (line) => {
        if (line.length > 512) return challenge
        return line === '' ? '535 5.7.8 Username and Password not accepted' : null
      },
    })
    expect(met.failed).toMatchObject({
      stage: 'auth',
      fault: { code: 535, enhanced: '5.7.8', challenge: expect.stringContaining('"status":"401"') },
    })
    expect(JSON.stringify(met.failed)).not.toContain(TOKEN.slice(0, 40))
    expect(met.server.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(1)
    expect(met.server.commands.filter((line) => line === '')).toHaveLength(1)
  })

  test('S-14 F-29 a server that echoes AUTH gives no needle away, in fault or transcript', async () => {
    for (const login of [undefined, password]) {
      const met = await meet(
        {
          act: (line) =>
            line.length > 512 || line.startsWith('AUTH PLAIN')
              ? `535 5.7.8 bad: ${line} / ${PASSWORD} / ${TOKEN}`
              : null,
        },
        login ? { login } : {},
      )
      const text = JSON.stringify([met.failed, met.transcript])
      expect(met.failed?.fault).toMatchObject({ code: 535, reply: expect.stringContaining('[secret]') })
      const { commands } = met.server
      const at = commands.findIndex((line) => line.startsWith('AUTH'))
      const sent = (login ? commands[at]?.split(' ')[2] : commands[at + 1]) ?? ''
      expect(sent.length).toBeGreaterThan(20)
      const secret = login ? PASSWORD : TOKEN
      for (const needle of [sent, sent.slice(10, 40), secret, secret.slice(0, 40)]) expect(text).not.toContain(needle)
    }
  })

  test('S-14 F-29 a server that knows the password gives it away neither before the login nor in its acceptance', async () => {
    const says = (at: string, reply: string) =>
      meet({ act: (line) => (line === at ? reply : null) }, { login: password })
    const { result } = await says('MESSAGE', `250 2.0.0 OK <${PASSWORD}@lab.prod.outlook.com>`)
    const scrubbed = expect.stringContaining('[secret]')
    expect(result).toMatchObject({ ok: true, value: { reply: scrubbed, serverMessageId: scrubbed } })
    const { failed } = await says('STARTTLS', `500 5.5.1 ${PASSWORD}`)
    expect(failed).toMatchObject({ fault: { code: 'starttls-not-offered', evidence: scrubbed } })
    expect(JSON.stringify([result, failed])).not.toContain(PASSWORD)
  })

  test('LOGIN, where PLAIN is not offered', async () => {
    const extensions = (secured: boolean) => [secured ? 'AUTH LOGIN' : 'STARTTLS']
    const { server, result, transcript } = await meet({ extensions }, { login: password })
    expect(result.ok).toBe(true)
    expect(server.commands).toContain(Buffer.from(PASSWORD).toString('base64'))
    expect(transcript).toContain('C: [secret]')
    const wrong = await meet(
      { extensions, act: (line) => (line === Buffer.from(PASSWORD).toString('base64') ? '535 5.7.8 no' : null) },
      { login: password },
    )
    expect(wrong.failed).toMatchObject({ stage: 'auth', fault: { code: 535, login: 'password' } })
  })
})
