import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readPiece } from './data-piece'

const LINE_END = Buffer.from('\r\n')

/** What a connection reads of bytes that come in pieces of these lengths, and what follows the message. */
function readAll(sent: Buffer, lengths: readonly number[]): { text: string; rest: string | null } {
  const texts: Buffer[] = []
  let [at, before, hasText] = [0, Buffer.alloc(0), false]
  for (const length of [...lengths, sent.length]) {
    const chunk = sent.subarray(at, at + length)
    at += chunk.length
    const start = hasText ? [] : [LINE_END]
    const { text, rest, isLast } = readPiece(Buffer.concat([...start, before, chunk]), hasText ? 0 : 2)
    texts.push(Buffer.from(text))
    if (isLast) return { text: Buffer.concat(texts).toString(), rest: rest.toString() + sent.subarray(at) }
    hasText ||= text.length > 0
    before = Buffer.from(rest)
  }
  return { text: Buffer.concat([...texts, before]).toString(), rest: null }
}

const bits = fc.array(fc.constantFrom('.', '..', '\r\n', '\r', '\n', 'x', '\r\n.\r', '\n.\r\n'), { maxLength: 20 })
const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 })

test('M-05 a message ends at the first line of a dot alone, and only there, in whatever pieces it comes', () => {
  fc.assert(
    fc.property(bits, lengths, (sent, cuts) => {
      const text = sent.join('')
      const end = `\r\n${text}`.indexOf('\r\n.\r\n')
      const message = end < 0 ? text : text.slice(0, end)
      const read = readAll(Buffer.from(text), cuts)
      expect(read.text).toBe(`\r\n${message}`.replaceAll('\r\n..', '\r\n.').slice(2))
      expect(read.rest).toBe(end < 0 ? null : text.slice(end + 3))
    }),
  )
})
