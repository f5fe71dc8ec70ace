import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repositoryFiles, textOf } from '../../tests/support/source-text'
import { checked } from '../../tests/support/wire-safe'
import { joinLines, wireSafe } from './wire-safe'

test.each([
  ['a bare LF', 'a\nb\r\n', 'line-ending'],
  ['a bare CR', 'a\rb\r\n', 'line-ending'],
  ['a CR before CRLF', 'a\r\r\n', 'line-ending'],
  ['a CR at the end', 'a\r\nb\r', 'line-ending'],
  ['a NUL', 'a\0\r\n', 'nul-character'],
  ['a line of 999 octets', `${'a'.repeat(999)}\r\n`, 'line-too-long'],
  ['a line of 999 octets before a bare LF', `${'a'.repeat(999)}\r\n\n`, 'line-ending'],
])('M-05 bytes with %s may not be sent', (_, text, fault) => {
  expect(wireSafe(Buffer.from(text))).toEqual({ ok: false, error: fault })
  expect(() => joinLines(checked('x\r\n'), [text])).toThrow(fault)
})

test('M-05 the check of the bytes agrees with a simple implementation of the rule', () => {
  const piece = fc.constantFrom('\r\n', '\r', '\n', 'a', 'bc', '.', '\r\n.\r\n', 'x'.repeat(998))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      const lines = text.split('\r\n')
      const isFine = lines.every((line) => !/[\r\n\0]/.test(line) && line.length <= 998)
      expect(wireSafe(Buffer.from(text)).ok).toBe(isFine)
    }),
  )
})

test('M-05 only the check makes bytes that the outbox accepts', () => {
  const makers = repositoryFiles(/^(app|lib|components|bench)\/.*\.tsx?$/).filter((file) =>
    /\bas (?:unknown as )?WireSafe\b|\bis WireSafe\b/.test(textOf(file)),
  )
  expect(makers).toEqual(['lib/smtp/wire-safe.ts'])
})
