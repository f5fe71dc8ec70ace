import { expect, test } from 'vitest'
import { readJson } from './read-json'

const FILE = 'ab+/'.repeat(40_000)
const read = (text: string) => {
  const result = readJson(Buffer.from(text))
  return result.ok ? result.value : result.error
}

test.each([
  ['short', '{ "contentBase64" : "QUJD" }', 'QUJD'],
  ['long', `{"contentBase64":"${FILE}","filename":"a\\u0020b"}`, FILE],
  ['long, with blanks', `{\n"contentBase64" :\r\n\t"${FILE}"}`, FILE],
  ['long, with slashes as PHP writes them', `{"contentBase64":"${FILE.replaceAll('/', '\\/')}"}`, FILE],
  ['long, with another escape', `{"contentBase64":"${FILE.replace('a', '\\u0061')}"}`, FILE],
  ['the last of two', `{"contentBase64":"${FILE}","contentBase64":"QUJD"}`, 'QUJD'],
])('W-14 a file that is %s is returned as its bytes', (_, text, file) => {
  expect(String(Object(read(text)).contentBase64)).toBe(file)
  expect(Object(read(text)).contentBase64).toBeInstanceOf(Buffer)
})

test('W-14 the bytes of each of several long files are part of the body', () => {
  const [a, b] = ['a'.repeat(100_000), 'b'.repeat(200_000)]
  const body = Buffer.from(JSON.stringify({ files: [{ contentBase64: a }, { contentBase64: b }], text: 'ü' }))
  const result = readJson(body)
  const { files, text } = Object(result.ok && result.value)
  expect([files.map(({ contentBase64 }: { contentBase64: Buffer }) => String(contentBase64)), text]).toEqual([
    [a, b],
    'ü',
  ])
  for (const { contentBase64 } of files) expect(contentBase64.buffer).toBe(body.buffer)
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

test('W-14 what only looks like a file is left as it is', () => {
  expect(read(JSON.stringify({ text: `"contentBase64":"${FILE}"`, html: FILE }))).toEqual({
    text: `"contentBase64":"${FILE}"`,
    html: FILE,
  })
})
