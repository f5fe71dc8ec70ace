import { expect, test } from 'vitest'
import { base32, codeOfStep, stepOfCode, totpUri } from './totp'

const SEED = '12345678901234567890'

// RFC 6238, appendix B (SHA-1), the last six digits.
test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('A-06 codeOfStep at second %d is %s', (second, code) => {
  expect(codeOfStep(SEED, Math.floor(second / 30))).toBe(code)
})

test('A-06 a code counts one step early and one late, not two', () => {
  const now = new Date('2026-11-24T12:00:10Z')
  const step = Math.floor(now.getTime() / 30_000)
  for (const aside of [-1, 0, 1]) expect(stepOfCode(SEED, codeOfStep(SEED, step + aside), now)).toBe(step + aside)
  for (const aside of [-2, 2]) expect(stepOfCode(SEED, codeOfStep(SEED, step + aside), now)).toBeNull()
})

test.each(['', '12345', '1234567', '12345a', '１２３４５６'])('A-06 %j is no code', (code) => {
  expect(stepOfCode(SEED, code, new Date())).toBeNull()
})

test('the address for the app carries the seed as RFC 4648 base32', () => {
  expect(base32(Buffer.from('foobar'))).toBe('MZXW6YTBOI')
  expect(totpUri('Postroom', 'ada@contoso.example', 'foobar').uri).toBe(
    'otpauth://totp/Postroom:ada%40contoso.example?secret=MZXW6YTBOI&issuer=Postroom&digits=6&period=30',
  )
})
