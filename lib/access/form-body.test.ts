import { expect, test } from 'vitest'
import { readForm } from './form-body'
import { BYTES_MAX_HEADER, FORM_BYTES_MAX } from './request-refusal'

const URL_ENCODED = { 'content-type': 'application/x-www-form-urlencoded' }
const postOf = (body: BodyInit, headers: Record<string, string> = URL_ENCODED): Request =>
  new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

/** Without a length beforehand, and without an end: a reader waits for ever. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (sink) => sink.enqueue(new Uint8Array(16_384).fill(97)) })
}

test('W-03 a body is read as a form', async () => {
  const form = await readForm(postOf('host=mail.contoso.example'))
  expect(form instanceof FormData && form.get('host')).toBe('mail.contoso.example')
})

test('W-03 a body of untold length is read to the limit and no further', async () => {
  expect(await readForm(postOf(endless()))).toBe('too-large')
  const tooLong = `a=${'x'.repeat(FORM_BYTES_MAX)}`
  expect(await readForm(postOf(tooLong))).toBe('too-large')
  // A file may be larger there, the texts may not.
  const place = { ...URL_ENCODED, [BYTES_MAX_HEADER]: String(2 * FORM_BYTES_MAX) }
  expect(await readForm(postOf(tooLong, place))).toBe('too-large')
})

test('a form whose client disconnects is no failure, unlike any other fault while it is read', async () => {
  const failing = (code: string) =>
    new ReadableStream({ pull: (sink) => sink.error(Object.assign(new Error('aborted'), { code })) })
  expect(await readForm(postOf(failing('ECONNRESET')))).toBe('cut-off')
  await expect(readForm(postOf(failing('EOTHER')))).rejects.toThrow('aborted')
})

test('W-03 what is no form is said to be none', async () => {
  expect(await readForm(postOf('--x\r\ngarbage', { 'content-type': 'multipart/form-data; boundary=x' }))).toBe(
    'malformed',
  )
})

test.each([
  ['URL-encoded', URL_ENCODED, (name: string) => `${name}=1&`, ''],
  [
    'URL-encoded with a boundary',
    { 'content-type': `${URL_ENCODED['content-type']}; boundary=z` },
    (name: string) => `${name}=1&`,
    '',
  ],
  [
    'multipart',
    { 'content-type': 'multipart/form-data; boundary=x-y' },
    (name: string) => `--x-y\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n`,
    '--x-y--\r\n',
  ],
])('W-14 a form of 900 fields is read, and one of more than a thousand is not, as %s', async (_, type, field, end) => {
  const bodyOf = (fields: number) => Array.from({ length: fields }, (_, n) => field(`f${n}`)).join('') + end
  const read = await readForm(postOf(bodyOf(900), type))
  expect(read instanceof FormData && [...read].length).toBe(900)
  expect(await readForm(postOf(bodyOf(1_001), type))).toBe('malformed')
})

test('W-14 a part whose heading never seems to end is not parsed', async () => {
  const part = (heading: string) =>
    `--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n${heading}\r\n1\r\n--x--\r\n`
  const read = (heading: string) =>
    readForm(postOf(part(heading), { 'content-type': 'multipart/form-data; boundary=x' }))
  expect(await read('Content-Type: text/plain\r\n')).toBeInstanceOf(FormData)
  expect(await read('X-A: b\r\n'.repeat(30_000))).toBe('malformed')
})

test.each([
  ['multipart/form-data', 'malformed'],
  ['multipart/form-data; a-boundary=x', 'malformed'],
  ['multipart/form-data; a-boundary=y; boundary=x', 'malformed'],
  ['multipart/form-data; boundary=y; boundary=x', 'malformed'],
  ["multipart/form-data; boundary*=utf-8''y; boundary=x", 'malformed'],
  ['multipart / form-data; boundary=x', 'malformed'],
  ['', 'malformed'],
  ['multipart/form-data; boundary=x; charset=utf-8', 'malformed'],
  ['Multipart/Form-Data;boundary=x', 'read'],
])('W-14 what separates the parts is clear, or nothing is parsed: %s', async (type, result) => {
  const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
  const read = (parts: number) => readForm(postOf(`${part.repeat(parts)}--x--\r\n`, { 'content-type': type }))
  const form = await read(2)
  expect(form instanceof FormData ? 'read' : form).toBe(result)
  expect(await read(1_001)).toBe('malformed')
})

test.each([
  ['a name', 'name="a"', 'read'],
  ['the name of a file and its type', 'name="a"; filename="b\\c.csv"\r\nContent-Type: text/csv', 'read'],
  ['a second name', 'name="a"\r\nContent-Disposition: form-data; name="0"', 'malformed'],
  ['a type with an alphabet', 'name="0"\r\nContent-Type: text/plain; charset=utf-16le', 'malformed'],
  ['a type without a file', 'name="0"\r\nContent-Type: application/octet-stream', 'malformed'],
  ['a file without a type', 'name="0"; filename=""', 'malformed'],
  ['an encoding', 'name="0"\r\nContent-Transfer-Encoding: base64', 'malformed'],
  ['a byte order mark in an argument of an action', 'name="0"\r\n\r\n\ufeff', 'malformed'],
])('W-03 the heading of a part has only what each reader understands alike: %s', async (_, heading, result) => {
  const body = `--x\r\nContent-Disposition: form-data; ${heading}\r\n\r\n[]\r\n--x--\r\n`
  const form = await readForm(postOf(body, { 'content-type': 'multipart/form-data; boundary=x' }))
  expect(form instanceof FormData ? 'read' : form).toBe(result)
})
