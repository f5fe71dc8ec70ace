import { expect, test } from 'vitest'
import type { LogFields } from '../../kernel'
import { createLogNotifier } from './plan-now'

test('R-16 the log has one line for each threshold and each refusal, without any channel', () => {
  const lines: [string, LogFields | undefined][] = []
  const notifyLog = createLogNotifier({ warn: (event, fields) => lines.push([event, fields]) })
  const credential = {
    id: 'c',
    kind: 'client-secret' as const,
    slot: 'current' as const,
    owners: [],
    expiryVersion: 1,
    expiresAt: new Date('2027-03-31T12:00:00Z'),
    acceptedAt: null,
    refusedAt: null as Date | null,
    refusedCode: null,
    foundAt: null,
    createdAt: new Date('2026-03-31T12:00:00Z'),
    removedAt: null,
  }
  const facts = { channels: [], thresholdsDays: [30, 7, 0], stored: [], credentials: [credential] }
  for (const day of ['01', '02', '25', '26']) notifyLog({ ...facts, now: new Date(`2027-03-${day}T12:00:00Z`) })
  credential.refusedAt = new Date('2027-03-27T12:00:00Z')
  notifyLog({ ...facts, now: new Date('2027-03-27T12:00:00Z') })
  expect(lines).toEqual([
    ['credential expires', { subject: 'credential:c', daysLeft: 30 }],
    ['credential expires', { subject: 'credential:c', daysLeft: 6 }],
    ['credential rejected', { subject: 'credential:c', daysLeft: 4 }],
  ])
  // A process that starts later logs the newest threshold alone.
  lines.length = 0
  const notifyLate = createLogNotifier({ warn: (event, fields) => lines.push([event, fields]) })
  notifyLate({ ...facts, credentials: [{ ...credential, refusedAt: null }], now: credential.expiresAt })
  notifyLate({ ...facts, credentials: [{ ...credential, expiresAt: null }], now: credential.expiresAt })
  expect(lines).toEqual([
    ['credential expires', { subject: 'credential:c', daysLeft: 0 }],
    ['credential rejected', { subject: 'credential:c', daysLeft: null }],
  ])
})
