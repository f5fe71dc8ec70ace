import { expect, test } from 'vitest'
import type { MailFacts } from '../read-status'
import { ownSenderState } from './state'

const AT = new Date('2026-11-26T12:00:00Z')
const VERIFIED = { testId: 'test-1', at: AT }

test.each([
  ['send-as-denied', VERIFIED, 'refused'],
  ['mailbox-permission-missing', VERIFIED, 'refused'],
  ['secret-expired', VERIFIED, 'verified'],
  ['connection-timed-out', null, 'unverified'],
  [null, VERIFIED, 'verified'],
] as const)('after %s the own sender of a mail server, verified by %j, is %s', (code, verifiedBy, state) => {
  const ownResult: MailFacts['ownResult'] = { how: 'test', evidenceId: 'test-2', at: AT, failed: code !== null, code }
  expect(ownSenderState({ ownResult, verifiedBy, deliveredBy: null })).toBe(state)
})
