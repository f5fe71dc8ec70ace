import { expect, test } from 'vitest'
import type { Probe } from '@/lib/credentials/store/probes'
import type { Rotation } from '@/lib/credentials/store/rotations'
import type { CredentialView } from '@/lib/credentials/views'
import { stageOf } from './stage'

const at = new Date('2026-11-24T12:00:00Z')
const probe = (outcome: Probe['outcome']): Probe => ({
  at,
  reason: 'rotation',
  outcome,
  diagnosisCode: null,
  evidence: null,
})
const next = (facts: Partial<CredentialView>) =>
  ({ kind: 'client-secret', acceptedAt: null, refusedAt: null, latestProbe: null, ...facts }) as CredentialView
const rotation = (facts: Partial<Rotation>) => ({ step: 'added', nextAttemptAt: null, ...facts }) as Rotation
const refused = { refusedAt: at, latestProbe: probe('refused') }

test.each([
  ['add', { next: null, previous: [], rotation: null }],
  ['remove', { next: null, previous: [next({})], rotation: rotation({ step: 'current' }) }],
  [
    'fallback',
    {
      current: next({ carriedBy: { credentialId: 'previous', until: at, isDated: true } }),
      next: null,
      previous: [next({})],
      rotation: rotation({ step: 'current' }),
    },
  ],
  ['test', { next: next({}), previous: [], rotation: rotation({}) }],
  ['asking', { next: null, previous: [], rotation: rotation({ step: 'asking' }) }],
  ['asking', { next: next({ kind: 'certificate' }), previous: [], rotation: rotation({ step: 'sealed' }) }],
  ['asking', { next: next({ kind: 'certificate', ...refused }), previous: [], rotation: rotation({ step: 'adding' }) }],
  ['test', { next: next({ kind: 'certificate' }), previous: [], rotation: rotation({ way: 'certificate-proof' }) }],
  ['upload', { next: next({ kind: 'certificate' }), previous: [], rotation: rotation({}) }],
  [
    'settling',
    { next: next({ ...refused, isPropagating: true }), previous: [], rotation: rotation({ nextAttemptAt: at }) },
  ],
  // The worker still repeats the test, but the first minutes are over.
  ['refused', { next: next(refused), previous: [], rotation: rotation({ nextAttemptAt: at }) }],
  ['refused', { next: next(refused), previous: [], rotation: rotation({}) }],
  ['unknown', { next: next({ latestProbe: probe('unknown') }), previous: [], rotation: rotation({}) }],
  ['current', { next: next({ acceptedAt: at, latestProbe: probe('accepted') }), previous: [], rotation: rotation({}) }],
  // Accepted once and refused since, so it cannot be made current.
  ['refused', { next: next({ acceptedAt: at, ...refused }), previous: [], rotation: rotation({}) }],
] as const)('S-18 derives the stage %s from what is stored alone', (stage, slots) => {
  expect(stageOf({ current: null, ...slots, previous: [...slots.previous] })).toBe(stage)
})
