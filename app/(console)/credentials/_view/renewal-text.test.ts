import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { testAuthority } from '@/tests/support/certificates'
import { aCredential } from '@/tests/support/credential'
import { renewalText } from './renewal-text'

const expiring = { startsAt: new Date('2026-01-01T00:00:00Z'), expiresAt: new Date('2027-01-01T00:00:00Z') }
const context = { now: new Date('2026-12-01T00:00:00Z'), t: translatorFor('en', 'credentials') }
const entered = new Date('2026-12-22T00:00:00Z')

test.each([
  ['with a date', expiring, 'Automatic, from 2\u00a0Dec\u00a02026'],
  [
    'entered shortly before it expires',
    { ...expiring, startsAt: null, currentSince: entered },
    'Automatic, from 27\u00a0Dec\u00a02026',
  ],
  ['without a date', {}, 'By hand until the expiry date is known'],
  ['of a kind that is never renewed', { ...expiring, kind: 'smtp-password' }, 'By hand'],
  ['that the deployment provides each time', { kind: 'managed-identity' }, null],
  ['that was replaced', { ...expiring, slot: 'previous' }, null],
] as const)('the renewal of a credential is shown as it will happen: %s', (_, changes, said) => {
  expect(renewalText(aCredential(changes), 30, context)).toBe(said)
  if (said !== null) expect(renewalText(aCredential(changes), null, context)).toBe('By hand')
})

test('a certificate that has expired is renewed by hand only', async () => {
  const { cert } = await (await testAuthority()).certify({ selfSigned: true })
  const credential = aCredential({ ...expiring, kind: 'certificate', certificate: cert })
  expect(renewalText(credential, 30, context)).toMatch('Automatic')
  expect(renewalText(credential, 30, { ...context, now: expiring.expiresAt })).toBe('By hand')
})
