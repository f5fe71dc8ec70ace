import { isAscii } from 'node:buffer'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { processorMs } from '../../tests/support/processor-time'
import { type Excess, reEncode } from './re-encode'
import { wireSafe } from './wire-safe'

const LONG = 'x'.repeat(2_000)
const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n`
const part = (text: string, ...fields: string[]): string => lines('--b1', ...fields, '', text)
const mixed = (...parts: string[]): string =>
  lines('Subject: q', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary="b1"', '', 'preamble') +
  lines(...parts.map((each) => each.slice(0, -2)), '--b1--', 'epilogue')

/** Text and attachments as a mail program shows them. */
async function readingOf(message: Buffer | string) {
  const { text, html, attachments } = await PostalMime.parse(message)
  const files = attachments.map(({ filename, mimeType, content }) => [
    filename,
    mimeType,
    Buffer.from(content as ArrayBuffer)
      .toString()
      .trimEnd(),
  ])
  return { text, html, files }
}

const ATTACHED = lines('Content-Type: text/plain', 'Subject: inner', '', LONG)

describe.each<[title: string, excess: Excess, message: string]>([
  ['a plain text with a long line', 'long-lines', lines('Subject: q', '', 'short', LONG, 'dot', '.', 'end ')],
  [
    'a text that is declared 8bit',
    'eight-bits',
    lines(
      'Subject: q',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      'Grüße = 1',
      'Tab\t',
      '',
    ),
  ],
  [
    'one part of several',
    'long-lines',
    mixed(
      part('first', 'Content-Type: text/plain'),
      part(`<p>${LONG}</p>`, 'Content-Type: text/html', 'Content-Transfer-Encoding: 7bit'),
      part(
        'AAECAw==',
        'Content-Type: application/octet-stream',
        'Content-Transfer-Encoding: base64',
        'Content-Disposition: attachment; filename=a.bin',
      ),
    ),
  ],
  [
    'an attachment of text in UTF-8',
    'eight-bits',
    mixed(
      part('first', 'Content-Type: text/plain'),
      part('name;Größe', 'Content-Type: application/csv', 'Content-Disposition: attachment; filename=a.csv'),
    ),
  ],
  ['a part without any field', 'long-lines', mixed(part(LONG))],
])('%s', (_title, excess, message) => {
  test('M-05 F-42 is sent in a form that every server accepts, and reads the same', async () => {
    const bytes = Buffer.from(message)
    const encoded = reEncode(bytes, excess) ?? Buffer.alloc(0)
    expect(encoded.equals(bytes)).toBe(false)
    if (excess === 'long-lines') expect(wireSafe(encoded).ok).toBe(true)
    else expect(isAscii(encoded)).toBe(true)
    expect(await readingOf(encoded)).toEqual(await readingOf(bytes))
    expect(reEncode(encoded, excess)?.equals(encoded)).toBe(true)
  })
})

test('M-05 the parts that need no encoding, and every field, stay byte for byte', () => {
  const unchanged = part('Grüße', 'X-Odd:   spaces\t', 'Content-Type: text/plain;', '\tcharset=utf-8')
  const message = mixed(unchanged, part(LONG, 'Content-Type: text/plain'))
  const encoded = (reEncode(Buffer.from(message), 'long-lines') ?? '').toString()
  expect(encoded).toContain(unchanged)
  expect(encoded.startsWith(message.slice(0, message.indexOf('--b1')))).toBe(true)
  expect(encoded.endsWith('\r\n--b1--\r\nepilogue\r\n')).toBe(true)
})

test('M-05 a message within a message is encoded in its own parts', async () => {
  const message = mixed(part(ATTACHED, 'Content-Type: message/rfc822'))
  const encoded = reEncode(Buffer.from(message), 'long-lines')
  expect(encoded && wireSafe(encoded).ok).toBe(true)
  expect(encoded?.toString()).toContain(
    'Content-Type: message/rfc822\r\n\r\nContent-Type: text/plain\r\nSubject: inner\r\nContent-Transfer-Encoding: quoted-printable',
  )
})

test.each([
  ['in a field of the header', lines(`Subject: ${LONG}`, '', 'x')],
  ['in a field of a part', mixed(part('x', `X-Long: ${LONG}`))],
  ['between the parts', lines('Content-Type: multipart/mixed; boundary=b1', '', LONG, '--b1', '', 'x', '--b1--')],
  [
    'in a signed part',
    lines('Content-Type: multipart/signed; boundary=b1', '', '--b1', '', LONG, '--b1', '', 'signature', '--b1--'),
  ],
  [
    'in a signed part of a part',
    mixed(part(lines('--b2', '', LONG, '--b2--'), 'Content-Type: multipart/signed; boundary=b2')),
  ],
  ['in a part that is encoded already', lines('Content-Transfer-Encoding: quoted-printable', '', LONG)],
  [
    'in a message that is encoded as a whole',
    mixed(part(LONG, 'Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64')),
  ],
  [
    'in parts whose boundary is continued',
    lines('Content-Type: multipart/mixed;', ' boundary*0=b;', ' boundary*1=1', '', '--b1', '', LONG, '--b1--'),
  ],
  [
    'in a message of a digest',
    mixed(part(lines('--b2', '', 'Subject: q', '', LONG, '--b2--'), 'Content-Type: multipart/digest; boundary=b2')),
  ],
  [
    'in a part whose signed type has a comment',
    mixed(part(lines('--b2', '', LONG, '--b2--'), 'Content-Type: multipart/signed (x); boundary=b2')),
  ],
])('M-05 a long line %s cannot be encoded', (_title, message) => {
  expect(reEncode(Buffer.from(message), 'long-lines')).toBeNull()
})

test('M-05 a text without an empty line in front of it gets one with the new field', () => {
  const message = Buffer.from(lines('Subject: q', `${LONG} =`))
  expect(reEncode(message, 'long-lines')?.toString()).toMatch(
    /^Subject: q\r\nMIME-Version: 1\.0\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx+=\r\n/,
  )
})

const rfc822 = lines('Content-Type: message/rfc822', '')
const MANY = 1_000_000
test.each([
  ['parts', lines('Content-Type: multipart/mixed; boundary=x', '') + lines('--x').repeat(MANY / 4)],
  [
    'lines that begin as a delimiter does',
    `${lines('Content-Type: multipart/mixed; boundary=""', '')}${'-'.repeat(MANY)}`,
  ],
  [
    'lines that begin as a delimiter does and go on',
    lines('Content-Type: multipart/mixed; boundary=x', '') + lines('--xx').repeat(3 * MANY),
  ],
  ['fields', `${lines('a:').repeat(MANY / 4)}\r\n`],
])('M-10 a message with too many %s is refused after little work', (_, message) => {
  const bytes = Buffer.from(message + lines(LONG))
  const beforeMs = processorMs()
  expect(reEncode(bytes, 'long-lines')).toBeNull()
  expect(processorMs() - beforeMs).toBeLessThan(300)
})

test('M-10 a message with many parts that never end is encoded after little work', () => {
  const parts = Array.from({ length: 490 }, (_, at) =>
    part(lines(`--x${at}`, '', LONG), `Content-Type: multipart/mixed; boundary=x${at}`),
  )
  const bytes = Buffer.from(mixed(...parts, part(lines('').repeat(MANY))))
  const beforeMs = processorMs()
  expect(reEncode(bytes, 'long-lines')).not.toBeNull()
  expect(processorMs() - beforeMs).toBeLessThan(300)
})

test('M-10 a long text outside ASCII is encoded after little work, does not grow to three times its size, and reads the same', async () => {
  const bytes = Buffer.from(lines('Content-Type: text/plain; charset=utf-8', '', 'ü'.repeat(MANY)))
  const beforeMs = processorMs()
  const encoded = reEncode(bytes, 'long-lines') ?? Buffer.alloc(0)
  expect(processorMs() - beforeMs).toBeLessThan(100)
  expect(encoded.length).toBeLessThan(1.5 * bytes.length)
  const [after, before] = [await readingOf(encoded), await readingOf(bytes)]
  expect(after.text?.trimEnd() === before.text?.trimEnd()).toBe(true)
})

test('M-10 very many lines in a message in a message, 45 times over, are encoded after little work', () => {
  const bytes = Buffer.from(rfc822.repeat(45) + lines('').repeat(MANY) + lines(LONG))
  const beforeMs = processorMs()
  expect(reEncode(bytes, 'long-lines')).not.toBeNull()
  expect(processorMs() - beforeMs).toBeLessThan(300)
})

test('M-10 a large message is not searched for delimiters at every depth of its parts', () => {
  const depths = Array.from({ length: 45 }, (_, at) =>
    lines(`Content-Type: multipart/mixed; boundary=x${at}`, '', `--x${at}`),
  )
  const bytes = Buffer.from(depths.join('') + lines('', LONG) + lines('').repeat(5 * MANY))
  const beforeMs = processorMs()
  expect(reEncode(bytes, 'long-lines')).toBeNull()
  expect(processorMs() - beforeMs).toBeLessThan(700)
})
