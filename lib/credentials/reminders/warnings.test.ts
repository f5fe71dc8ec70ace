import { expect, test } from 'vitest'
import { type WarnedCredential, warningsOf } from './warnings'

const now = new Date('2026-11-26T12:00:00Z')
const at = (day: string) => new Date(`${day}T09:00:00Z`)
const credential = (id: string, changes: Partial<WarnedCredential>): WarnedCredential => ({
  id,
  kind: 'client-secret',
  slot: 'current',
  holderId: id,
  holderName: id,
  expiresAt: null,
  acceptedAt: null,
  refusedAt: null,
  refusedCode: null,
  createdAt: at('2026-01-01'),
  foundAt: null,
  nextIsVerified: false,
  fallbackUntil: null,
  ...changes,
})
const refused = { refusedAt: at('2026-11-23'), refusedCode: 'secret-invalid' }

test('R-16 what no longer works comes first, oldest first, then what expires, soonest first', () => {
  const credentials = [
    credential('soon', { expiresAt: at('2026-12-20') }),
    credential('expired on the 25th', { expiresAt: at('2026-11-25') }),
    credential('carried by the previous one', { ...refused, fallbackUntil: at('2027-05-01') }),
    credential('expired on the 22nd', { expiresAt: at('2026-11-22') }),
    credential('critical later', { expiresAt: at('2026-12-02') }),
    credential('refused since the 23rd', refused),
    credential('refused since the 21st, long before its date', {
      expiresAt: at('2027-06-01'),
      refusedAt: at('2026-11-21'),
      refusedCode: 'secret-invalid',
    }),
    credential('critical', { expiresAt: at('2026-11-28') }),
    credential('expired on the 24th, said by Entra', {
      expiresAt: at('2026-11-24'),
      ...refused,
      refusedCode: 'secret-expired',
    }),
  ]
  expect(warningsOf(credentials, { thresholdsDays: [60, 0], now }).map(({ credentialId }) => credentialId)).toEqual([
    'refused since the 21st, long before its date',
    'expired on the 22nd',
    'refused since the 23rd',
    'expired on the 24th, said by Entra',
    'expired on the 25th',
    'critical',
    'critical later',
    'carried by the previous one',
    'soon',
  ])
})

test('does not say that the fallback carries an expired credential before Entra rejects it', () => {
  const [expired] = warningsOf([credential('a', { expiresAt: at('2026-11-22'), fallbackUntil: at('2027-05-01') })], {
    thresholdsDays: [60, 0],
    now,
  })
  expect(expired).toMatchObject({ state: 'expired', fallbackUntil: null })
})
