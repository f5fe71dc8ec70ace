import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createTestAuthority } from '../../../tests/support/certificates'
import type { DirectoryCredential } from '../../entra/contracts'
import { type Matchable, matchOf } from './discover'

const stored = (change: Partial<Matchable> = {}): Matchable => ({
  kind: 'client-secret',
  keyId: null,
  thumbprint: null,
  certificate: null,
  expiresAt: new Date('2027-05-01T00:00:00Z'),
  createdAt: new Date('2026-05-02T09:00:00Z'),
  ...change,
})
const secret = (keyId: string, change: Partial<DirectoryCredential> = {}): DirectoryCredential => ({
  kind: 'secret',
  keyId,
  displayName: '',
  hint: 'abc',
  thumbprint: null,
  startsAt: new Date('2026-05-01T00:00:00Z'),
  endsAt: new Date('2027-05-01T14:30:00Z'),
  ...change,
})
const certificate = (thumbprint: string) => secret('c', { kind: 'certificate', hint: null, thumbprint })

test.each([
  ['its id, whatever else differs', stored({ keyId: 'b' }), 'xyz', [secret('a'), secret('b')], 'key-id b'],
  ['a hint that only one has', stored(), 'abc', [secret('a', { hint: 'xyz' }), secret('b')], 'hint b'],
  [
    'the day, where two share a hint',
    stored(),
    'abc',
    [secret('a', { endsAt: new Date('2028-01-01T00:00:00Z') }), secret('b')],
    'dates b',
  ],
  ['the day alone, where Microsoft has no hint', stored(), 'abc', [secret('a', { hint: null })], 'dates a'],
  [
    'the day alone, where the stored one does not open',
    stored(),
    null,
    [secret('a'), secret('b', { endsAt: null })],
    'dates a',
  ],
  ['nothing, where two share hint and day', stored(), 'abc', [secret('a'), secret('b')], 'ambiguous'],
  ['nothing, where no date is known', stored({ expiresAt: null }), 'abc', [secret('a'), secret('b')], 'ambiguous'],
  ['nothing, where another hint stands', stored(), 'abc', [secret('a', { hint: 'xyz' })], 'absent'],
  [
    'nothing made there after it was typed here',
    stored(),
    'abc',
    [secret('a', { startsAt: new Date('2026-06-01T00:00:00Z') })],
    'absent',
  ],
  [
    'what was made there within a day after it was typed here, as the clocks have it',
    stored(),
    'abc',
    [secret('a', { startsAt: new Date('2026-05-03T09:00:00Z') })],
    'hint a',
  ],
  ['nothing among certificates', stored(), 'abc', [certificate('AB')], 'absent'],
  [
    'a certificate’s digest',
    stored({ kind: 'certificate', thumbprint: 'AB12' }),
    null,
    [certificate('ab12')],
    'thumbprint c',
  ],
  ['no other certificate', stored({ kind: 'certificate', thumbprint: 'AB12' }), null, [certificate('CD34')], 'absent'],
  ['nothing for what has no row there', stored({ kind: 'managed-identity' }), null, [secret('a')], 'absent'],
])('a stored credential is identified by %s', (_, stored, hint, candidates, description) => {
  const match = matchOf(stored, hint, candidates)
  expect(match.kind === 'found' ? `${match.by} ${match.credential.keyId}` : match.kind).toBe(description)
})

test('a stored certificate is identified by its older digest too', async () => {
  const { cert } = await (await createTestAuthority()).certify()
  const sha1 = new X509Certificate(cert).fingerprint.replaceAll(':', '').toLowerCase()
  const own = stored({ kind: 'certificate', thumbprint: 'AB12', certificate: cert })
  expect(matchOf(own, null, [certificate(sha1)])).toMatchObject({ kind: 'found', by: 'thumbprint' })
})
