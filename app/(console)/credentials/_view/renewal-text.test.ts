import { expect, test } from 'vitest'
import type { Rotation } from '@/lib/credentials/store/rotations'
import type { CredentialView } from '@/lib/credentials/views'
import { translatorFor } from '@/lib/i18n/translations'
import { testAuthority } from '@/tests/support/certificates'
import { aCredential } from '@/tests/support/credential'
import { renewalText } from './renewal-text'

const expiring = { startsAt: new Date('2026-01-01T00:00:00Z'), expiresAt: new Date('2027-01-01T00:00:00Z') }
const entered = new Date('2026-12-22T00:00:00Z')
const begun = new Date('2026-12-02T00:00:00Z')
const rotation: Rotation = {
  id: 'r',
  mailServerId: 's',
  nextId: null,
  previousId: null,
  automatic: true,
  startedAt: begun,
  updatedAt: begun,
  endedAt: null,
  label: '',
  nextAttemptAt: begun,
  way: 'graph',
  step: 'added',
  startedBy: { kind: 'system', name: 'worker' },
  fault: null,
}

interface Around {
  next: CredentialView | null
  rotation: Rotation | null
  rotations: Rotation[]
  daysBefore: number | null
  now: Date
}
const textOf = (view: CredentialView, around: Partial<Around> = {}) => {
  const { next = null, rotation: open = null, rotations = [], daysBefore = 30, now = begun } = around
  const slots = { current: view, next, previous: [], rotation: open }
  return renewalText(view, slots, rotations, daysBefore, { now, t: translatorFor('en', 'credentials') })
}

test.each([
  ['with a date', expiring, 'Automatic, from 2\u00a0Dec\u00a02026'],
  [
    'entered shortly before it expires',
    { ...expiring, startsAt: null, currentSince: entered },
    'Automatic, from 27\u00a0Dec\u00a02026',
  ],
  [
    'made current after its renewal was due',
    { ...expiring, currentSince: entered },
    'Automatic, from 22\u00a0Dec\u00a02026',
  ],
  ['without a date', {}, 'By hand until the expiry date is known'],
  ['of a kind that is never renewed', { ...expiring, kind: 'smtp-password' }, 'By hand'],
  ['that the deployment provides each time', { kind: 'managed-identity' }, null],
  ['that was replaced', { ...expiring, slot: 'previous' }, null],
] as const)('the renewal of a credential is shown as it will happen: %s', (_, changes, said) => {
  expect(textOf(aCredential(changes))).toBe(said)
  if (said !== null) expect(textOf(aCredential(changes), { daysBefore: null })).toBe('By hand')
})

test('after failures the renewal is shown for the next automatic attempt, and after five of them as one by hand', () => {
  const failed = ['2026-12-08', '2026-12-07', '2026-12-05', '2026-12-03', '2026-12-02'].map(
    (day): Rotation => ({ ...rotation, step: 'failed', endedAt: new Date(day) }),
  )
  const after = (count: number) => textOf(aCredential(expiring), { rotations: failed.slice(0, count) })
  expect(after(1)).toBe('Automatic, next attempt from 9\u00a0Dec\u00a02026')
  expect(after(4)).toBe('Automatic, next attempt from 16\u00a0Dec\u00a02026')
  expect(after(5)).toBe('By hand, because five automatic attempts failed')
})

test('while a next credential is prepared, it is made current by the worker that prepared it, or by hand', () => {
  const [view, next] = [aCredential(expiring), aCredential({ slot: 'next' })]
  expect(textOf(view, { next })).toBe('By hand, because the next one is prepared')
  expect(textOf(view, { next, rotation: { ...rotation, way: 'typed' } })).toMatch('is prepared')
  expect(textOf(view, { next, rotation })).toBe('In progress')
  expect(textOf(view, { rotation: { ...rotation, step: 'asking' } })).toBe('In progress')
  // As a restore leaves it.
  expect(textOf(view, { rotation: { ...rotation, step: 'asking', nextAttemptAt: null } })).toBe('By hand')
})

test('a certificate that has expired is renewed by hand only', async () => {
  const { cert } = await (await testAuthority()).certify({ selfSigned: true })
  const credential = aCredential({ ...expiring, kind: 'certificate', certificate: cert })
  expect(textOf(credential)).toMatch('Automatic')
  expect(textOf(credential, { now: expiring.expiresAt })).toBe('By hand')
})
