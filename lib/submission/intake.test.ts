import { createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { processorMs } from '../../tests/support/processor-time'
import { checked } from '../../tests/support/wire-safe'
import { addressesOf, authorOf } from './author'
import { checkBytes, takeIn } from './intake'

const arrival = { at: new Date(), id: 'id', from: 'a', by: 'b', protocol: 'ESMTPSA', sender: 'root@contoso.example' }

test('M-10 a subject of encoded words that fill a header is read up to what is shown, after little work', () => {
  const line = ` ${'=?utf-8?b?QUJD?= '.repeat(50)}\r\n`
  const bytes = checked(`Subject:${line.repeat(900)}From: a@contoso.example\r\n\r\nx\r\n`)
  const beforeMs = processorMs()
  const intake = takeIn(bytes, arrival, () => true)
  expect(processorMs() - beforeMs).toBeLessThan(300)
  expect(intake).toMatchObject({ value: { subject: 'ABC'.repeat(85) } })
})

test('M-10 a Bcc after a field with the longest name is removed', () => {
  const name = `X-${'n'.repeat(990)}`
  const intake = takeIn(checked(`${name}: 1\r\nBcc: b@fabrikam.example\r\n\r\nx\r\n`), arrival, () => true)
  const text = intake.ok ? intake.value.bytes.toString() : ''
  expect(text.endsWith(`${name}: 1\r\n\r\nx\r\n`)).toBe(true)
})

test('M-09 what only the author or the last server writes, or names another sender, is removed from the header, folded and twice too, and not from the text', () => {
  const names = ['Bcc', 'Resent-Bcc', 'Return-Path', 'Sender', 'Resent-From', 'Resent-Sender']
  const fields = [...names, ...names].map((name) => `${name}:\r\n <b@fabrikam.example>\r\n`)
  const intake = takeIn(checked(`Subject: q\r\n${fields.join('')}\r\nBcc: b\r\n`), arrival, () => false)
  expect(intake.ok && intake.value.bytes.toString()).toMatch(/\r\nSubject: q\r\n\r\nBcc: b\r\n$/)
})

test.each(['From root Sun Nov 29 05:00:00 2026', '>From root@host'])(
  'M-10 a mailbox line ends no header: %s',
  (line) => {
    const message = checkBytes(
      Buffer.from(`${line}\r\nFrom: a@contoso.example\r\nBcc: b@fabrikam.example\r\n\r\nFrom x\r\n`),
    )
    const intake = message.ok ? takeIn(message.value, arrival, () => true) : message
    const text = intake.ok ? intake.value.bytes.toString() : ''
    expect(intake).toMatchObject({ value: { author: 'a@contoso.example' } })
    expect(text).not.toMatch(/root|Bcc/)
    expect(text.endsWith('\r\n\r\nFrom x\r\n')).toBe(true)
  },
)

test.each([
  `To: ${'anna@fabrikam.example, '.repeat(300)}ben@fabrikam.example`,
  `Subject: ${'ä'.repeat(490)}\t${'x'.repeat(997)}`,
])('M-05 an overlong header field is folded at blanks, and its value stays the same', (field) => {
  const message = checkBytes(Buffer.from(`${field}\r\nX-A: b\r\n\r\nx\r\n`))
  expect(message.ok && message.value.toString().replaceAll(/\r\n(?=[ \t])/g, '')).toBe(
    `${field}\r\nX-A: b\r\n\r\nx\r\n`,
  )
})

test.each([
  `X-A: ${'x'.repeat(998)}`,
  `X-A: b${' '.repeat(2_500)}c`,
  `X-A: ${'x '.repeat(497)}${' '.repeat(3)}`,
  `X-A: ${'x'.repeat(24 * 1024 ** 2)}`,
])('M-05 an overlong header field without blanks to fold at is refused', (field) => {
  const beforeMs = processorMs()
  expect(checkBytes(Buffer.from(`${field}\r\n\r\nx\r\n`))).toMatchObject({ error: { code: 'line-too-long' } })
  expect(processorMs() - beforeMs).toBeLessThan(500)
})

test('M-10 a From with a blank in front of its colon is no mailbox line', () => {
  const message = checkBytes(Buffer.from('From : a@contoso.example\r\nTo: b@fabrikam.example\r\n\r\nx\r\n'))
  const intake = message.ok ? takeIn(message.value, arrival, () => true) : message
  expect(intake).toMatchObject({ value: { author: 'a@contoso.example' } })
})

test.each([
  ['Received: x\r\n', 50, 'too-many-hops'],
  ['X-A: b\r\n', 1_000, 'too-many-headers'],
])('M-10 of %j a header has %i at most', (field, max, code) => {
  const read = (count: number) => takeIn(checked(`${field.repeat(count)}\r\nx\r\n`), arrival, () => true)
  expect(read(max).ok).toBe(true)
  expect(read(max + 1)).toMatchObject({ error: { code } })
})

test('M-10 a From that is clear only in one line, which would be too long, is refused', () => {
  const from = (length: number) =>
    `From: "${'n'.repeat(length)}\r\n b@fabrikam.example" <a@contoso.example>\r\n\r\nx\r\n`
  expect(takeIn(checked(from(900)), arrival, () => true)).toMatchObject({ value: { author: 'a@contoso.example' } })
  expect(takeIn(checked(from(990)), arrival, () => true)).toMatchObject({ error: { code: 'from-invalid' } })
})

test('M-10 a text without a header keeps its first line, which begins with From', () => {
  const message = checkBytes(Buffer.from('From the scanner in the hall\r\nThe paper is out.\r\n'))
  const intake = message.ok ? takeIn(message.value, arrival, () => true) : message
  expect(intake.ok && intake.value.bytes.toString()).toMatch(/\r\n\r\nFrom the scanner in the hall\r\nThe paper/)
})

test('M-10 a Bcc that is quoted in the text refuses no message, also where a line that is no field ends the header', () => {
  const bytes = (gap: string) => checked(`Subject: q\r\nno field\r\n${gap}Bcc: b@fabrikam.example\r\n`)
  expect(takeIn(bytes(''), arrival, () => true)).toMatchObject({ error: { code: 'bcc-visible' } })
  expect(takeIn(bytes('\r\n'), arrival, () => true).ok).toBe(true)
})

test.each([
  ['<a@contoso.example>', '<a@contoso.example>'],
  ['a b', '<id@b>'],
])('M-10 the Message-ID %j is known as %j', (value, messageId) => {
  expect(takeIn(checked(`Message-ID: ${value}\r\n\r\nx\r\n`), arrival, () => true)).toMatchObject({
    value: { messageId },
  })
})

test.each([
  ['console.contoso.example', '<id@console.contoso.example>'],
  ['[192.0.2.5]', '<id@192.0.2.5>'],
  ['[::]', '<id@localhost>'],
])('M-10 a message without a Message-ID gets one of this server, which has the name %j', (by, messageId) => {
  expect(takeIn(checked('\r\nx\r\n'), { ...arrival, by }, () => true)).toMatchObject({ value: { messageId } })
})

test.each(['Subject', 'From', 'Reply-To'])('M-10 UTF-8 in the field %s needs a mail server that takes it', (field) => {
  const needsUtf8 = (name: string) =>
    takeIn(checked(`${field}: ${name} <a@contoso.example>\r\n\r\nx\r\n`), arrival, () => true)
  expect(needsUtf8('Jörg')).toMatchObject({ value: { hasUtf8Header: true } })
  expect(needsUtf8('Anna')).toMatchObject({ value: { hasUtf8Header: false } })
})

test('M-10 a Reply-To that ends a message without a line end is not lost', () => {
  const intake = takeIn(checked('Subject: q\r\nReply-To: b@fabrikam.example'), arrival, () => true)
  expect(intake).toMatchObject({ value: { originalLines: 'Reply-To: b@fabrikam.example\r\n' } })
})

test.each([
  '"anna@fabrikam.example via Contoso Web Shop International\r\n Trading" <a@contoso.example>',
  'a@contoso.example (anna@fabrikam.example via\r\n\tContoso)',
])('M-10 a From that is folded where some programs read another address is sent in one line: %j', (value) => {
  const intake = takeIn(checked(`Subject: q\r\nFrom: ${value}\r\n\r\nx\r\n`), arrival, () => true)
  const originalLines = `From: ${value.replace('\r\n', '')}\r\n`
  expect(intake).toMatchObject({ value: { author: 'a@contoso.example', originalLines } })
})

test.each([
  ['root (Cron Daemon)', 'root@contoso.example (Cron Daemon)', 'root@contoso.example'],
  ['Logwatch', 'Logwatch@contoso.example', 'Logwatch@contoso.example'],
  ['Fail2Ban <root>', 'Fail2Ban <root@contoso.example>', 'root@contoso.example'],
  ['"Alerts, unit 1"\r\n <root>', '"Alerts, unit 1"\r\n <root@contoso.example>', 'root@contoso.example'],
])('M-10 a From without a domain gets that of the envelope: %j', (value, sent, author) => {
  const intake = takeIn(checked(`Subject: q\r\nFrom: ${value}\r\n\r\nx\r\n`), arrival, () => true)
  expect(intake).toMatchObject({ value: { author, originalLines: `From: ${sent}\r\n` } })
})

test.each([
  '',
  '<>',
  'Cron Daemon',
  'root, admin',
  'boss@adatum.example <root>',
  '"boss@adatum.example" <root>',
  'root@unit',
  `"${'x'.repeat(800)}" <root>`,
  'a:root;',
])('M-10 a From that is no single local part gets no domain: %j', (value) => {
  const intake = takeIn(checked(`From: ${value}\r\n\r\nx\r\n`), arrival, () => true)
  expect(intake).toMatchObject({ error: { code: 'from-invalid' } })
})

test('M-10 a From of blanks is read with little work', () => {
  const beforeMs = processorMs()
  for (const value of [' \r\n'.repeat(300_000), `a${' \r\n'.repeat(300_000)}(`])
    takeIn(checked(`From: ${value} \r\n\r\nx\r\n`), arrival, () => true)
  expect(processorMs() - beforeMs).toBeLessThan(300)
})

test.each([
  ['its own address', 'a@contoso.example <a@contoso.example>', 'a@contoso.example'],
  ['its own address in capitals', 'A@Contoso.example <a@contoso.example>', 'a@contoso.example'],
  ['another address', 'boss@contoso.example <a@contoso.example>', null],
  ['another address in quotation marks', '"boss@contoso.example" <a@contoso.example>', 'a@contoso.example'],
  ['in brackets', '[Scanner] CONTOSO\\scan <a@contoso.example>', 'a@contoso.example'],
  ['folded in quotation marks', '"Scanner\r\n (2nd floor)" <a@contoso.example>', 'a@contoso.example'],
  ['folded in quotation marks with another address', '"A\r\n <boss@contoso.example>," <a@contoso.example>', null],
  ['another address before a bracket', '"boss@contoso.example" ] <a@contoso.example>', null],
  ['another address in an encoded word before one', '=?utf-8?q?boss=40contoso.example?= [<a@contoso.example>', null],
  ['a word in brackets after an encoded word', '=?utf-8?q?J=C3=B6rg?= [IT] <a@contoso.example>', 'a@contoso.example'],
  ['in an unknown encoding before a bracket', '=?utf-7?q?boss+AEA-contoso.example?= [ <a@contoso.example>', null],
  ['in a comment with another one', 'a@contoso.example (Anna @ Contoso (IT))', 'a@contoso.example'],
  ['another address after a comment in a comment', '"boss@contoso.example" ((),) <a@contoso.example>', null],
  ['another address in a quoted text after one', '((b)") "<boss@contoso.example>" <a@contoso.example>', null],
  ['another address in a comment in a comment', '(a (b) <boss@contoso.example>) <a@contoso.example>', null],
  [
    'an encoded address after a bracket in a comment',
    '(\\)=?utf-8?q?boss=40contoso.example?=,) <a@contoso.example>',
    null,
  ],
  ['in front of a comment that does not end', 'a@contoso.example (Scanner', null],
  ['after a backslash and a comment that does not end', '\\( <a@contoso.example>', null],
  ['an encoded address before one', '=?utf-8?q?boss=40contoso.example?= (\\);) <a@contoso.example>', null],
  ['another address in a comment in the brackets', '<a@contoso.example(<boss@contoso.example>)>', null],
  ['a comment in the brackets', '<a@contoso.example (Anna)>', 'a@contoso.example'],
  ['missing, with a quoted text before the address', '"boss@contoso.example" a@contoso.example', null],
  ['missing, with a quoted text in the address', '<"boss"a@contoso.example>', null],
])('M-10 the author of a message whose name is %s', (_, value, author) => {
  expect(authorOf(value)).toBe(author)
})

test('M-10 no more addresses of a very long list are read than show that it has too many', () => {
  expect(addressesOf('a@fabrikam.example, '.repeat(50_000))).toHaveLength(101)
  expect(addressesOf(`"${'B, '.repeat(99)}" <a@fabrikam.example>, `.repeat(2_000))).toHaveLength(101)
})

test('M-10 a value longer than any list of addresses is not read to its end', () => {
  const beforeMs = processorMs()
  expect(authorOf(`${'"a" '.repeat(250_000)}<a@contoso.example>`)).toBeNull()
  expect(addressesOf(`${' '.repeat(1_000_000)}a@fabrikam.example`)).toBeNull()
  expect(processorMs() - beforeMs).toBeLessThan(100)
})

/** Whether the DKIM signature of a message fits it (RFC 6376 §3.4.2, §3.4.4 and §3.7). */
function isSignedBy(key: KeyObject, message: string): boolean {
  const [header = '', ...rest] = message.split('\r\n\r\n')
  const body = rest
    .join('\r\n\r\n')
    .replace(/[ \t]+/g, ' ')
    .replace(/ (?=\r\n)/g, '')
    .replace(/(\r\n)*$/, '\r\n')
  const fields = header.split(/\r\n(?![ \t])/).map((field) => {
    const [name = '', ...value] = field.split(':')
    return [name.toLowerCase().trim(), value.join(':').replace(/\s+/g, ' ').trim()]
  })
  const line = (wanted: string) => fields.findLast(([name]) => name === wanted)?.join(':') ?? ''
  const signature = line('dkim-signature')
  const tag = (name: string) => new RegExp(`[:;] ?${name}=([^;]*)`).exec(signature)?.[1]?.replaceAll(' ', '') ?? ''
  const lines = tag('h')
    .split(':')
    .map((name) => `${line(name)}\r\n`)
  const signed = Buffer.from([...lines, signature.replace(/(; ?b=)[^;]*/, '$1')].join(''))
  const isText = createHash('sha256').update(body).digest('base64') === tag('bh')
  return isText && verify('sha256', signed, key, Buffer.from(tag('b'), 'base64'))
}

test('M-05 a DKIM signature still fits a message that was taken in, and fits none that was altered', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
  const dkim = { domainName: 'contoso.example', keySelector: 'k', privateKey: pem }
  const signed = await createTransport({ streamTransport: true, buffer: true, newline: 'windows', dkim }).sendMail({
    from: 'Müller <billing@contoso.example>',
    to: 'anna@fabrikam.example',
    subject: `Grüße ${'und noch ein Wort '.repeat(20)}`,
    text: 'Rechnung\n.\n  zwei   Leerzeichen \n\n',
    attachments: [{ filename: 'a.bin', content: Buffer.alloc(3_000, 7) }],
  })
  const message = checkBytes(
    Buffer.from(`Return-Path: <a@contoso.example>\r\nBcc: b@fabrikam.example\r\n${signed.message}`),
  )
  const intake = message.ok ? takeIn(message.value, arrival, () => true) : message
  // As it is sent for an author that no rule replaces.
  const text = intake.ok ? `${intake.value.originalLines}${intake.value.bytes}` : ''
  expect(text).toMatch(/^From: .*\r\nReceived: /)
  expect(text).not.toMatch(/^(Bcc|Return-Path):/m)
  expect(isSignedBy(publicKey, text)).toBe(true)
  expect(isSignedBy(publicKey, text.replace('zwei', 'drei'))).toBe(false)
  expect(isSignedBy(publicKey, text.replace('anna@', 'ben@'))).toBe(false)
})
