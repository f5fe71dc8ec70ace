import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DIAGNOSIS_CODES, type DiagnosisCode } from '../kernel/diagnosis-code'
import { codesOfGroup, DIAGNOSIS_GROUPS } from './groups'
import { search } from './search'
import { signsOf } from './signs'

test.each<[pasted: string, code: DiagnosisCode]>([
  ['secret-expired', 'secret-expired'],
  ['AADSTS7000222', 'secret-expired'],
  ['7000215', 'secret-invalid'],
  ['5.7.60', 'send-as-denied'],
  ['550 5.7.620', 'our-address-blocked'],
  ['getaddrinfo ENOTFOUND smtp.office365.example', 'name-not-found'],
  ['Error: connect ECONNREFUSED 203.0.113.9:587', 'connection-refused'],
  [
    "invalid_client: Error(s): 7000222 - Timestamp: 2026-11-24 16:00:00Z - Description: AADSTS7000222: The provided client secret keys for app '5f2c' are expired. Trace ID: 3f1c",
    'secret-expired',
  ],
  [
    'Error: Invalid login: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled [AM0 2026-11-24T16:00:00.000Z 08DD]',
    'smtp-auth-disabled-for-tenant',
  ],
  ['Error: Invalid login: 535 5.7.3 Authentication unsuccessful [AM0 2026]', 'exchange-rejected-token'],
  [
    "Remote server returned '550 5.7.60 SMTP; Client does not have permissions to send as this sender'",
    'send-as-denied',
  ],
  ['Remote Server returned "554 5.2.252 SendAsDenied; a not allowed to send as b"', 'send-as-denied'],
  ['status=deferred (host said: 451 4.7.0 Temporary server error)', 'server-busy'],
  ['535 Incorrect authentication data', 'credentials-incorrect'],
  ['AADSTS500014: a number no row names', 'unrecognised'],
])('a pasted text is named: %s', (pasted, code) => {
  expect(search(pasted, 'en').codes).toEqual([code])
})

test('a code that stands for several faults lists them all', () => {
  expect(search('535', 'en').codes).toContain('exchange-rejected-token')
  expect(search('535', 'en').codes.length).toBeGreaterThan(5)
})

test('words are looked for in the reader’s own language, titles first', () => {
  expect(search('clock wrong', 'en').codes[0]).toBe('clock-wrong')
  expect(search('Uhr falsch', 'de').codes[0]).toBe('clock-wrong')
  expect(search('no such words at all', 'en')).toEqual({ recognised: null, codes: [] })
})

test('any text is answered, and quickly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      for (const code of search(text, 'en').codes) expect(DIAGNOSIS_CODES).toContain(code)
    }),
    { numRuns: 200 },
  )
  const from = performance.now()
  search(`${'550 '.repeat(5000)}${"' ".repeat(5000)}`, 'en')
  search('4.'.repeat(20_000), 'en')
  expect(performance.now() - from).toBeLessThan(1000)
})

test('the groups hold every code once, and every code but the last has a sign or words of its own', () => {
  expect(DIAGNOSIS_GROUPS.flatMap(codesOfGroup)).toEqual(DIAGNOSIS_CODES)
  expect(signsOf('secret-expired')).toEqual(['AADSTS7000222'])
  expect(signsOf('our-address-blocked')).toEqual(expect.arrayContaining(['5.7.606–649', '5.7.511']))
})
