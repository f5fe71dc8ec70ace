import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Redacted } from '../kernel/redacted'
import { createScrubber, scrub } from './scrub'

const CANARY = 'q~R8Q/4+x "ä"\\7Zk.canary-0123456789'
const bytes = Buffer.from(CANARY)

/** Every spelling S-14 lists, written here by other means than the code under test. */
const spellings: [string, string][] = [
  ['raw', CANARY],
  ['JSON', JSON.stringify(CANARY)],
  ['percent', encodeURIComponent(CANARY)],
  ['percent, small letters', encodeURIComponent(CANARY).replace(/%../g, (code) => code.toLowerCase())],
  ['form', new URLSearchParams({ a: CANARY }).toString()],
  ['hex', bytes.toString('hex')],
  ['HEX', bytes.toString('hex').toUpperCase()],
  ['reversed', [...CANARY].reverse().join('')],
  ...[0, 1, 2, 3, 7].flatMap((before): [string, string][] => {
    const inside = Buffer.concat([Buffer.alloc(before, 'u'), bytes, Buffer.from('\u0001\u0001')])
    return [
      [`base64 after ${before} bytes`, inside.toString('base64')],
      [`base64url after ${before} bytes`, inside.toString('base64url')],
    ]
  }),
]

/** What of the secret can still be read: 8 characters in a row of any spelling's core would be too much. */
function leaks(text: string, spelling: string): boolean {
  const core = spelling.slice(4, -6)
  return Array.from({ length: core.length - 11 }, (_, at) => core.slice(at, at + 12)).some((part) =>
    text.includes(part),
  )
}

test.each(spellings)('S-14 a secret spelt as %s is taken out of a reply', (_, spelling) => {
  const said = `535 5.7.8 you said ${spelling}, which is wrong`
  const safe = createScrubber([new Redacted(CANARY)])(said)
  expect(leaks(said, spelling)).toBe(true) // the test sees a leak…
  expect(leaks(safe, spelling)).toBe(false) // …and finds none
  expect(safe).toContain('[secret]')
  expect(safe).toMatch(/^535 5\.7\.8 you said /)
})

test('S-14 an echo cut off by the server is taken out as well', () => {
  const token = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.'.repeat(40)
  const safe = createScrubber([new Redacted(token)])(`501 line too long: AUTH XOAUTH2 ${token.slice(100, 180)}`)
  expect(safe).toBe('501 line too long: AUTH XOAUTH2 [secret]')
})

test('S-14 a secret at the edge of the cut leaves no half behind', () => {
  const safe = createScrubber([new Redacted(CANARY)])(`${'x'.repeat(500)}${CANARY}`)
  expect(safe).toBe(`${'x'.repeat(500)}[secret]`)
})

test('S-14 a short secret is taken out as it is, an empty one changes nothing', () => {
  expect(createScrubber([new Redacted('hunter2')])('bad password hunter2!')).toBe('bad password [secret]!')
  expect(createScrubber([new Redacted('')])('as it was')).toBe('as it was')
})

test('S-14 control and direction characters are escaped, length is bounded', () => {
  expect(scrub('a\r\nb\u0000c\u001b[31m\u202ed\u2028')).toBe('a\\u000d\\u000ab\\u0000c\\u001b[31m\\u202ed\\u2028')
  expect(scrub('y'.repeat(10_000))).toHaveLength(512)
})

test('S-14 what no screen shows is escaped as JSON does it: format characters, tags and fillers', () => {
  const hidden = '\u00ad\u034f\u0600\u115f\u180e\u200b\u206a\u2800\u3164\uffa0\ufff9\u{e0041}'
  const safe = scrub(`550 a${hidden}b`)
  expect(safe).toMatch(/^[ -~]+$/)
  expect(JSON.parse(`"${safe}"`)).toBe(`550 a${hidden}b`)
})

test('S-14 whatever surrounds it, no spelling of a random secret stays', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 8, maxLength: 60, unit: 'binary' }),
      fc.string({ maxLength: 40 }),
      fc.string({ maxLength: 40 }),
      fc.nat(2),
      (secret, before, after, shift) => {
        const safe = createScrubber([new Redacted(secret)])
        const base64 = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret), Buffer.from(after)]).toString('base64')
        expect(safe(before + secret + after)).not.toContain(secret)
        expect(safe(`${before} ${base64}`)).toContain('[secret]')
        expect(safe(before + Buffer.from(secret).toString('hex'))).not.toContain(Buffer.from(secret).toString('hex'))
      },
    ),
    { numRuns: 500 },
  )
})

test('S-14 any stretch of 23 characters of a long secret is taken out, wherever it begins', () => {
  const token = Array.from({ length: 60 }, (_, at) => Buffer.from(`part ${at}`).toString('base64url')).join('.')
  const safe = createScrubber([new Redacted(token)])
  for (let at = 0; at + 23 <= token.length; at++)
    expect(safe(`501 ${token.slice(at, at + 23)} is wrong`)).toBe('501 [secret] is wrong')
})

test('S-14 a stretch of 23 characters is taken out whole, also where 12 characters of the secret occur several times', () => {
  const repeating = fc
    .tuple(
      fc.string({ minLength: 12, maxLength: 24 }),
      fc.array(fc.string({ maxLength: 20 }), { minLength: 3, maxLength: 8 }),
    )
    .map(([part, between]) => between.join(part))
  fc.assert(
    fc.property(repeating, fc.nat(), fc.integer({ min: 23, max: 80 }), (secret, where, length) => {
      fc.pre(secret.length > 23)
      const from = where % (secret.length - 22)
      const safe = createScrubber([new Redacted(secret)])(`\u{1f510}${secret.slice(from, from + length)}\u{1f510}`)
      expect(safe).toBe('\u{1f510}[secret]\u{1f510}')
    }),
    { numRuns: 1000 },
  )
})

test('R-21 where no secret is taken out, a text costs no additional memory: a page of Graph has a thousand names', () => {
  const before = process.memoryUsage().arrayBuffers
  for (let at = 0; at < 100; at++) scrub(`Invoice mailer ${at}`)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
})

test('what is cut within a character, or came as half of one, can be stored', () => {
  for (const text of [`${'a'.repeat(510)}\u{1f4e7}b`, 'a\ud800b']) {
    expect(text.length > 512 || !text.isWellFormed()).toBe(true)
    expect(scrub(text).isWellFormed()).toBe(true)
  }
})
