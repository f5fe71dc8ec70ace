import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runs } from '../../tests/support/runs'
import { type SmtpTestServer, startSmtp } from '../../tests/support/servers'
import { EHLO_NAME, MAIL } from '../../tests/support/smtp-attempt'
import { createDialer } from '../net'
import { parseRecipientEmail } from '../validation/email-address'
import type { Mail } from './contracts'
import { compose, composeSubmitted, messageFactory, UnfitMail } from './message'
import { createMailTransport } from './transport'

/** Composed, or why not. */
async function attemptTo(
  change: Partial<Mail>,
): Promise<'unfit' | 'unfaithful' | NonNullable<Awaited<ReturnType<typeof compose>>>> {
  try {
    return (await compose({ ...MAIL, ...change })) ?? 'unfaithful'
  } catch (thrown) {
    if (thrown instanceof UnfitMail) return 'unfit'
    throw thrown
  }
}

const headersOf = (bytes: Buffer): string[] =>
  bytes
    .toString('latin1')
    .split('\r\n\r\n')[0]
    ?.split(/\r\n(?![ \t])/) ?? []

/** Strings that look like addresses, or like an attack on a parser of them. */
const addressLike = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ maxLength: 30, unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'a',
        'b.c',
        '@',
        'x.example',
        'evil.example',
        '<',
        '>',
        ',',
        ';',
        ':',
        '"',
        '\\',
        '(',
        ')',
        '[',
        ']',
        ' ',
        '\r\n',
        '\u0000',
        '=?utf-8?q?',
        '?=',
        'ü',
        '.',
        '\u200b',
        '＠',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      fc.constantFrom('anna', '"a b"', '"a@evil.example"', 'a,b@evil.example', '"x" <a@evil.example>', 'jürgen'),
      fc.constantFrom('fabrikam.example', 'xn--fabrikm-8wa.example', 'evil.example>,<a@b.example', '[127.0.0.1]'),
    )
    .map(([local, domain]) => `${local}@${domain}`),
)

describe('M-01 only the intended recipients get the message', () => {
  test('random recipients: the envelope is exactly ours, and so is the To header', async () => {
    let composed = 0
    await fc.assert(
      fc.asyncProperty(fc.array(addressLike, { minLength: 1, maxLength: 3 }), async (to) => {
        const result = await attemptTo({ to })
        if (typeof result === 'string') return
        composed++
        expect(result.envelope.to).toEqual([...new Set(to)])
        expect(result.envelope.from).toBe(MAIL.envelopeFrom)
        expect(headersOf(result.bytes).filter((line) => /^(to|cc|bcc):/i.test(line))).toHaveLength(1)
      }),
      runs(4_000),
    )
    await fc.assert(
      fc.asyncProperty(addressLike, async (address) => {
        const result = await attemptTo({ to: [address] })
        if (typeof result === 'string') return
        composed++
        expect(result.envelope.to).toEqual([address])
      }),
      runs(6_000),
    )
    expect(composed).toBeGreaterThan(20)
  })

  test.each([
    'anna@fabrikam.example',
    'a.b+c@fabrikam.example',
    "o'neil@fabrikam.example",
    'x&y=z%a!@fabrikam.example',
    '"a b"@fabrikam.example',
    'jürgen@xn--fabrikm-8wa.example',
  ])('what our parser accepts goes out unchanged: %s', async (address) => {
    expect(parseRecipientEmail(address)).toMatchObject({ ok: true, value: address })
    expect(await attemptTo({ to: [address] })).toMatchObject({ envelope: { to: [address] } })
  })

  test('what cannot be written unchanged is refused whole, though it is valid', async () => {
    expect(await attemptTo({ to: ['anna@fabrikam.example', '"a<b"@fabrikam.example'] })).toBe('unfaithful')
    expect(await attemptTo({ from: { name: '', address: '"a<b"@contoso.example' } })).toBe('unfaithful')
  })

  test.each([
    'a@b.example, evil@evil.example',
    'a@b.example>\r\nRCPT TO:<evil@evil.example',
    '<a@b.example>',
    'Name <a@b.example>',
    'a@b.example(comment)',
    'group:a@b.example;',
    'a@[127.0.0.1]',
    'a@evil.example@b.example',
    '',
  ])('%j is no address', async (address) => {
    for (const change of [
      { to: [address] },
      { envelopeFrom: address },
      { from: { name: '', address } },
      { replyTo: address },
    ])
      expect(await attemptTo(change)).toBe('unfit')
  })
})

describe('M-01 on the wire', () => {
  let server: SmtpTestServer
  beforeAll(async () => {
    server = await startSmtp({ security: 'none' })
  })
  afterAll(() => server.close())

  async function connect() {
    const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [server.port] })
    const target = { host: 'localhost', port: server.port, security: 'none', login: { kind: 'none' } } as const
    const transport = createMailTransport(dialer, { ehloName: EHLO_NAME })
    const opened = await transport.connect(target, { signal: AbortSignal.timeout(60_000), onStep() {} })
    if (!opened.ok) throw new Error('not connected')
    return opened.value
  }

  test('an address that the library changes on its way is a fault of ours, and no success', async () => {
    const message = await compose(MAIL)
    if (!message) throw new Error('not composed')
    const connection = await connect()
    const envelope = { ...message.envelope, to: message.envelope.to.map((address) => ` ${address}`) }
    const options = { signal: AbortSignal.timeout(5000), dryRun: false, onStep() {} }
    await expect(connection.send({ ...message, envelope }, options)).rejects.toThrow('The envelope sent is not ours')
  })

  test('the RCPT lines are the recipients, and nothing else is said', async () => {
    let connection = await connect()
    await fc.assert(
      fc.asyncProperty(fc.array(addressLike, { minLength: 1, maxLength: 3 }), fc.boolean(), async (to, dryRun) => {
        const message = await attemptTo({ to })
        if (typeof message === 'string') return
        if (connection.ended) connection = await connect()
        server.commands.length = 0
        const options = { signal: AbortSignal.timeout(5000), dryRun, onStep() {}, onLine() {} }
        const result = await connection.send(message, options)
        const said = server.commands
          .filter((line) => !/^(EHLO|RSET|QUIT|DATA$)/.test(line))
          .map((line) => Buffer.from(line, 'latin1').toString())
        if (!result.ok) return void expect(said).toEqual([])
        expect(said[0]).toMatch(/^MAIL FROM:<noreply@contoso\.example>( SMTPUTF8)?( SIZE=\d+)?$/)
        expect(said.slice(1)).toEqual([...new Set(to)].map((address) => `RCPT TO:<${address}>`))
      }),
      runs(1_000),
    )
    connection.end()
  })
})

describe('M-02 no line break or control gets into a header', () => {
  const FIELDS = ['subject', 'name', 'from', 'to', 'replyTo', 'envelopeFrom', 'messageId'] as const
  const withText = (field: (typeof FIELDS)[number], text: string): Partial<Mail> => {
    if (field === 'name') return { from: { ...MAIL.from, name: text } }
    if (field === 'from') return { from: { ...MAIL.from, address: `${text}${MAIL.from.address}` } }
    if (field === 'to') return { to: [`${text}anna@fabrikam.example`] }
    if (field === 'messageId') return { messageId: `<${text}a@contoso.example>` }
    return { [field]: field === 'subject' ? text : `${text}a@contoso.example` }
  }

  test.each(FIELDS)('%s', async (field) => {
    for (const control of ['\r\n', '\n', '\r', '\u0000', '\u0007', '\u007f', '\u0085', '\u2028'])
      for (const text of [`x${control}Bcc: evil@evil.example`, `x${control}y`])
        expect(await attemptTo(withText(field, text)), JSON.stringify(text)).toBe('unfit')
  })

  test.each(['a@contoso.example', '<a@contoso.example> <b@contoso.example>', '<a>'])(
    '%j is no Message-ID, and no recipient is none',
    async (messageId) => {
      expect(await attemptTo({ messageId })).toBe('unfit')
      expect(await attemptTo({ to: [] })).toBe('unfit')
    },
  )

  test('whatever a name and subject say, the header lines are the same ones', async () => {
    const expected = ['From', 'Auto-Submitted', 'To', 'Subject', 'Message-ID', 'Date', 'MIME-Version', 'Content-Type']
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.string({ minLength: 1, maxLength: 200 }),
        async (name, subject) => {
          const result = await attemptTo({ from: { ...MAIL.from, name }, subject: `On ${subject}` })
          if (typeof result === 'string') return
          expect(headersOf(result.bytes).map((line) => line.split(':')[0])).toEqual(expected)
        },
      ),
      runs(1_500),
    )
  })
})

describe('M-02 what a client hands over becomes no other header field', () => {
  const { to, messageId, date } = MAIL
  const SUBMITTED = { to, subject: 'Scan', text: 'Scan', messageId, date }
  const file = { filename: 'scan.pdf', contentType: 'application/pdf', contentBase64: Buffer.from('') }

  test.each<[string, Partial<Parameters<typeof composeSubmitted>[0]>]>([
    ['a subject', { subject: 'Scan\r\nBcc: evil@evil.example' }],
    ['an address in To', { to: ['a\0b@fabrikam.example'] }],
    ['an address in Cc', { cc: ['a@b.example, evil@evil.example'] }],
    ['an address in Reply-To', { replyTo: 'a@b.example>' }],
    ['the name of a field', { headers: { Bcc: 'evil@evil.example' } }],
    ['the name of a field with a line break', { headers: { 'X-A\r\nBcc': 'evil@evil.example' } }],
    ['the value of a field', { headers: { 'X-A': '1\r\nBcc: evil@evil.example' } }],
    ['the name of a file', { attachments: [{ ...file, filename: 'a\r\nb' }] }],
    ['a type with parameters', { attachments: [{ ...file, contentType: 'text/plain; name=a' }] }],
    ['a type of several parts', { attachments: [{ ...file, contentType: 'multipart/mixed' }] }],
  ])('%s', async (_, change) => {
    await expect(composeSubmitted({ ...SUBMITTED, ...change })).rejects.toThrow(UnfitMail)
  })

  test('a failure report has one line for each field, and names a message only by its Message-ID', async () => {
    const report: Parameters<typeof messageFactory.failureReport>[0] = {
      to: 'anna@fabrikam.example',
      subject: 'Not delivered',
      text: 'Not delivered',
      messageId,
      date,
      about: '<a@b.example>\r\nBcc: <evil@evil.example>',
      status: [
        [
          ['Status', '5.1.1\r\nAction: delivered'],
          ['Diagnostic-Code', 'x'.repeat(2_000)],
        ],
      ],
      header: null,
    }
    const composed = await messageFactory.failureReport(report)
    const text = composed.ok ? composed.value.bytes.toString('latin1') : ''
    expect(text).toContain('\r\nStatus: 5.1.1?Action: delivered\r\n')
    expect(text).not.toMatch(/^(?:Bcc|In-Reply-To|References):/im)
    report.status = [[['Status: 2.0.0\r\nAction', 'delivered']]]
    await expect(messageFactory.failureReport(report)).rejects.toThrow(UnfitMail)
  })
})

describe('M-03 the factory takes nothing but what a Mail is', () => {
  test('no input reaches a file, a URL, raw MIME or an envelope', async () => {
    const forbidden = {
      raw: 'To: evil@evil.example\r\n\r\nraw',
      path: '/etc/passwd',
      href: 'http://127.0.0.1/',
      envelope: { from: 'evil@evil.example', to: ['evil@evil.example'] },
      list: { unsubscribe: 'http://evil.example' },
      icalEvent: { path: '/etc/passwd' },
      dkim: { domainName: 'evil.example' },
      alternatives: [{ path: '/etc/passwd' }],
      attachments: [{ path: '/etc/passwd' }],
      attachDataUrls: true,
      cc: 'evil@evil.example',
      bcc: 'evil@evil.example',
      headers: { 'X-Evil': '1' },
    }
    const plain = await compose(MAIL)
    const poisoned = await compose({ ...MAIL, ...forbidden })
    const text = (composed: typeof plain) => composed?.bytes.toString().replace(/_NmP-[0-9a-f]+/g, '')
    expect(poisoned?.envelope).toEqual(plain?.envelope)
    expect(text(poisoned)).toBe(text(plain))
  })

  test('bodies given as objects are not read from where they point', async () => {
    const hostile = { path: '/etc/hostname' } as unknown as string
    await expect(compose({ ...MAIL, html: hostile })).rejects.toMatchObject({ code: 'EFILEACCESS' })
    const remote = { href: 'http://127.0.0.1:9/' } as unknown as string
    await expect(compose({ ...MAIL, text: remote })).rejects.toMatchObject({ code: 'EURLACCESS' })
  })

  test('the time and the text of a message do not change its size from try to try', async () => {
    const [first, second] = await Promise.all([compose(MAIL), compose(MAIL)])
    expect(first?.bytes.length).toBe(second?.bytes.length)
  })
})

test('W-14 while a large attachment is encoded, other work is not delayed, and the file arrives unchanged', async () => {
  const content = randomBytes(3 * 1024 * 1024)
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  const composed = await composeSubmitted({
    to: ['anna@fabrikam.example'],
    subject: 'Scan',
    text: 'Scan',
    attachments: [
      { filename: 'scan.pdf', contentType: 'application/pdf', contentBase64: Buffer.from(content.toString('base64')) },
    ],
    messageId: '<1@contoso.example>',
    date: new Date(),
  })
  isDone = true
  expect(turns).toBeGreaterThan(50)
  const [attachment] = (await PostalMime.parse(composed.ok ? composed.value : '')).attachments
  expect(Buffer.from(attachment?.content as ArrayBuffer).equals(content)).toBe(true)
})

test('M-05 a text that the composer writes with a line end that may not be sent is not composed, and no address is blamed', async () => {
  const mail = {
    to: MAIL.to,
    subject: 'Scan',
    text: 'first\rsecond',
    html: '',
    messageId: MAIL.messageId,
    date: MAIL.date,
  }
  expect(await messageFactory.unsigned(mail)).toEqual({ ok: false, error: 'line-ending' })
  expect(await messageFactory.unsigned({ ...mail, text: 'first\nsecond' })).toMatchObject({ ok: true })
})
