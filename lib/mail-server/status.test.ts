import { expect, test } from 'vitest'
import { failingCause, type StateFacts, stateOfMail } from './status'

const AT = new Date('2026-11-26T12:00:00Z')
const LATER = new Date('2026-11-26T13:00:00Z')

const DELIVERING: StateFacts = {
  configured: true,
  latestRun: null,
  unreadable: false,
  delivery: { pausedBy: null, failover: null, verifiedBy: null, latestAttempt: null },
  verified: true,
  secretExpiresAt: null,
  credential: { refused: false, fallbackUntil: null, expiringWithinDays: 30 },
  now: LATER,
}
const failedRun = { id: 'test-1', outcome: 'failed', diagnosisCode: 'secret-expired', startedAt: AT } as const
const failedAttempt = {
  ...{ at: LATER, messageId: 'message-1', failed: true, code: 'secret-expired', acceptedFrom: null },
  resumedAt: null,
}
const refused = { ...DELIVERING.credential, refused: true }

test.each([
  ['a secret that cannot be read', { unreadable: true }, { kind: 'unreadable' }],
  ['a pause by a fault', { delivery: { ...DELIVERING.delivery, pausedBy: 'diagnosis' } }, { kind: 'paused' }],
  ['a failed test', { latestRun: failedRun }, { kind: 'test', evidenceId: 'test-1' }],
  [
    'a delivery that failed after the last test',
    { latestRun: failedRun, delivery: { ...DELIVERING.delivery, latestAttempt: failedAttempt } },
    { kind: 'delivery', evidenceId: 'message-1' },
  ],
  [
    'a delivery that failed before delivery was resumed',
    { delivery: { ...DELIVERING.delivery, latestAttempt: { ...failedAttempt, resumedAt: LATER } } },
    { kind: 'delivery', evidenceId: 'message-1', resumedAt: LATER },
  ],
  ['a credential that Entra rejects', { credential: refused }, { kind: 'credential-refused' }],
] as const)('names the cause of failing mail: %s', (_, change, cause) => {
  const facts: StateFacts = { ...DELIVERING, ...change }
  expect(stateOfMail(facts)).toBe('failing')
  expect(failingCause(facts)).toEqual(cause)
})

test.each([
  ['delivering', {}],
  ['off', { unreadable: true, delivery: { ...DELIVERING.delivery, pausedBy: 'person' } }],
  ['failover', { latestRun: failedRun, delivery: { ...DELIVERING.delivery, failover: 'Second' } }],
  ['fallback', { latestRun: failedRun, credential: { ...refused, fallbackUntil: LATER } }],
] as const)('names no cause of failing while the state is %s', (state, change) => {
  const facts: StateFacts = { ...DELIVERING, ...change }
  expect(stateOfMail(facts)).toBe(state)
  expect(failingCause(facts)).toBeNull()
})
