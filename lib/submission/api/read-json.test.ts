import { expect, test } from 'vitest'
import { isBase64 } from '../../smtp/base64-text'
import { readJson } from './read-json'

const FILE = 'ab+='.repeat(40_000)
const SLASHES = 'ab/'.repeat(40_000)
const read = (text: string | Buffer) => {
  const result = readJson(Buffer.from(text))
  return result.ok ? result.value : (result.error.errors?.[0]?.problem ?? result.error.code)
}
/** The file of a body's only attachment. */
const fileOf = (attachment: string | Buffer) =>
  Object(read(Buffer.concat([Buffer.from('{"attachments":['), Buffer.from(attachment), Buffer.from(']}')])))
    .attachments[0].contentBase64

test.each([
  ['short', '{ "contentBase64" : "QUJD" }', 'QUJD'],
  ['long', `{"contentBase64":"${FILE}","filename":"a\\u0020b"}`, FILE],
  ['long, with blanks', `{\n"contentBase64" :\r\n\t"${FILE}"}`, FILE],
  ['long, with slashes as PHP writes them', `{"contentBase64":"${SLASHES.replaceAll('/', '\\/')}"}`, SLASHES],
  ['long, with plus signs as .NET writes them', `{"contentBase64":"${FILE.replaceAll('+', '\\u002B')}"}`, FILE],
  ['long, with equals signs as Java writes them', `{"contentBase64":"${FILE.replaceAll('=', '\\u003d')}"}`, FILE],
  ['long, under a name with an escape', `{"content\\u0042ase64":"${FILE}"}`, FILE],
])('W-14 a file that is %s is returned as its bytes', (_, attachment, file) => {
  expect(String(fileOf(attachment))).toBe(file)
  expect(fileOf(attachment)).toBeInstanceOf(Buffer)
})

test.each(['\\n', '\\u012B', '\\u00e4', '\\u00', '\\\\', '\\"', '\n', 'ä'])(
  'W-14 a long file with %j is no base64',
  (wrong) => {
    const file = 'AAAA'.repeat(40_000)
    expect(isBase64(Buffer.from(file))).toBe(true)
    expect(isBase64(fileOf(`{"contentBase64":"${file}${wrong}"}`))).toBe(false)
  },
)

test('W-14 the bytes of each of several long files are part of the body', () => {
  const [a, b] = ['a'.repeat(100_000), 'b'.repeat(200_000)]
  const body = Buffer.from(JSON.stringify({ attachments: [{ contentBase64: a }, { contentBase64: b }], text: 'ü' }))
  const result = readJson(body)
  const { attachments, text } = Object(result.ok && result.value)
  const files: Buffer[] = attachments.map(({ contentBase64 }: { contentBase64: Buffer }) => contentBase64)
  expect([...files.map(String), text]).toEqual([a, b, 'ü'])
  for (const file of files) expect(file.buffer).toBe(body.buffer)
})

test('W-14 twelve million escapes take little time, and no memory besides the body', () => {
  const body = Buffer.from(`{"attachments":[{"contentBase64":"${'\\/'.repeat(12e6)}"}]}`)
  const [memory, time] = [process.resourceUsage().maxRSS, process.cpuUsage()]
  const { attachments } = Object(read(body))
  const { user, system } = process.cpuUsage(time)
  expect(attachments[0].contentBase64).toHaveLength(12e6)
  expect((user + system) / 1e6).toBeLessThan(1)
  expect((process.resourceUsage().maxRSS - memory) / 1024).toBeLessThan(60)
})

test.each([
  `{"contentBase64":"${FILE}`,
  `{"contentBase64":"${FILE}"`,
  `{"contentBase64" "${FILE}"}`,
  `"contentBase64":"${FILE}"`,
  `{"a":"\\"contentBase64":"${FILE}"}`,
])('W-14 a body that is no JSON is none with a long file either (%#)', (text) => {
  expect(read(text)).toBe('body-not-json')
})

test.each([
  ['{"to":"a","subject":"s","to":"b"}', 'to'],
  ['{"t\\u006f":"a", "to" :"b"}', 'to'],
  [`{"attachments":[{"contentBase64":"${FILE}"},{"contentBase64":"${FILE}","contentBase64":"QUJD"}]}`, 'contentBase64'],
  ['{"headers":{"__proto__":"a","__proto__":"b"}}', '__proto__'],
  ['{"to":["a",{}],"text":"\\"","to":1}', 'to'],
  [`{"${'k'.repeat(5_000)}":1,"${'k'.repeat(5_000)}":2}`, 'k'.repeat(100)],
])('W-03 a key that an object has twice is refused by its name (%#)', (text, field) => {
  const result = readJson(Buffer.from(text))
  expect(result).toMatchObject({
    error: { params: { fields: field }, errors: [{ field, problem: 'more than once in the same object' }] },
  })
})

test.each([
  ['{"a":{"b":1},"b":[{"a":2},{"a":3,"":":"}]}', JSON.parse('{"a":{"b":1},"b":[{"a":2},{"a":3,"":":"}]}')],
  ['{"a":"{\\"a\\":1"}', { a: '{"a":1' }],
  [`{"a"${':"b"'.repeat(1_000_000)}}`, 'body-not-json'],
  [`{"${'a'.repeat(6_000_000)}"${':,'.repeat(10_000)}}`, 'body-not-json'],
  ['{"a":1}}:', 'body-not-json'],
])(
  'W-03 the same key in two objects or in a text is no repetition, and what is no JSON is no keys (%#)',
  (text, value) => {
    expect(read(text)).toEqual(value)
  },
)

test('W-14 what only looks like a file is left as it is', () => {
  const body = {
    text: `"contentBase64":"${FILE}"`,
    html: FILE,
    'a"contentBase64': FILE,
    to: { contentBase64: 'QUJD' },
    attachments: [null, 'contentBase64', { contentBase64: 1 }, []],
  }
  expect(read(JSON.stringify(body))).toEqual(body)
})

test('W-14 a body with more than a message needs is refused before it is parsed, and the longest texts are not', () => {
  expect(read(`{"to":[${'0,'.repeat(20_000)}0]}`)).toBe('more than 20000 values')
  expect(read(JSON.stringify({ html: 'x'.repeat(12 * 1024 ** 2) }))).toBe('more than 12 MiB besides the files')
  const longest = { html: `\\",{["${',[{'.repeat(300_000)}` }
  expect(read(JSON.stringify(longest))).toEqual(longest)
})
