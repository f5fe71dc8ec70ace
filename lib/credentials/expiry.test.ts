import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../kernel'
import { hasWrongDate, isRejected, type OutlookFacts, outlookOf, urgencyOf } from './expiry'
import { bordersOf, inventoryState } from './inventory/types'

const THRESHOLDS = [60, 30, 14, 7, 1, 0]
const now = new Date('2027-03-01T12:00:00Z')
const DAYS_AGO = new Date('2027-02-20T12:00:00Z')
const facts = (change: Partial<OutlookFacts> = {}): OutlookFacts => ({
  kind: 'client-secret',
  slot: 'current',
  expiresAt: null,
  acceptedAt: null,
  refusedAt: null,
  refusedCode: null,
  createdAt: DAYS_AGO,
  foundAt: null,
  ...change,
})
const until = (expiresAt: string) => facts({ expiresAt: new Date(expiresAt) })

test.each([
  ['60 days and a second is healthy', until('2027-04-30T12:00:01Z'), { state: 'healthy', daysLeft: 60 }],
  ['60 days to the second is soon', until('2027-04-30T12:00:00Z'), { state: 'soon', daysLeft: 60 }],
  ['a second more than a week is soon', until('2027-03-08T12:00:01Z'), { state: 'soon', daysLeft: 7 }],
  ['a week is critical', until('2027-03-08T12:00:00Z'), { state: 'critical', daysLeft: 7 }],
  ['23 hours into the next day are one', until('2027-03-02T11:00:00Z'), { state: 'critical', daysLeft: 1 }],
  ['the instant itself is expired', until('2027-03-01T12:00:00Z'), { state: 'expired', daysLeft: 0 }],
  ['an hour past is still the same day', until('2027-03-01T11:00:00Z'), { state: 'expired', daysLeft: 0 }],
  ['22 hours past is the day before', until('2027-02-28T14:00:00Z'), { state: 'expired', daysLeft: -1 }],
  ['the end of the calendar', until('9999-12-31T23:59:59Z'), { state: 'healthy' }],
  ['before the computer’s own time', until('0001-01-01T00:00:00Z'), { state: 'expired' }],
  ['a leap day', until('2028-02-29T00:00:00Z'), { state: 'healthy', daysLeft: 365 }],
])('R-15 %s', (_, facts, outlook) => {
  expect(outlookOf(facts, THRESHOLDS, now)).toMatchObject(outlook)
})

test('without a date the state is unknown, except for kinds that do not expire', () => {
  expect(outlookOf(facts(), THRESHOLDS, now)).toEqual({ state: 'date-unknown', daysLeft: null })
  expect(outlookOf(facts({ kind: 'smtp-password' }), THRESHOLDS, now).state).toBe('date-unknown')
  expect(outlookOf(facts({ kind: 'managed-identity' }), THRESHOLDS, now).state).toBe('healthy')
  expect(outlookOf(facts({ kind: 'federated-token' }), THRESHOLDS, now).state).toBe('healthy')
})

test('Entra’s answer counts before any date', () => {
  const far = { expiresAt: new Date('2099-01-01T00:00:00Z'), refusedAt: now }
  expect(outlookOf(facts({ ...far, refusedCode: 'secret-expired' }), THRESHOLDS, now).state).toBe('expired')
  expect(outlookOf(facts({ ...far, refusedCode: 'secret-invalid' }), THRESHOLDS, now).state).toBe('refused')
  const typedTooEarly = facts({ expiresAt: new Date('2027-03-01T00:00:00Z'), acceptedAt: now })
  expect(outlookOf(typedTooEarly, THRESHOLDS, now).state).toBe('critical')
  expect(outlookOf(facts({ expiresAt: now, acceptedAt: now }), THRESHOLDS, now).state).toBe('critical')
  const acceptedBefore = facts({ expiresAt: now, acceptedAt: new Date(now.getTime() - 1) })
  expect(outlookOf(acceptedBefore, THRESHOLDS, now).state).toBe('expired')
})

const ago = (minutes: number) => new Date(now.getTime() - minutes * MINUTE_MS)
const fresh = (change: Partial<OutlookFacts> = {}) =>
  facts({
    slot: 'next',
    createdAt: ago(2),
    refusedAt: ago(1),
    refusedCode: 'secret-invalid',
    expiresAt: new Date('2099-01-01T00:00:00Z'),
    ...change,
  })
test.each([
  ['its date alone speaks while a new one settles', fresh(), 'healthy'],
  ['also without a date', fresh({ expiresAt: null }), 'date-unknown'],
  [
    'a certificate is new from when Microsoft has it',
    fresh({ kind: 'certificate', createdAt: ago(60), foundAt: ago(2) }),
    'healthy',
  ],
  ['once the first minutes are over, a refusal counts', fresh({ createdAt: ago(6), refusedAt: ago(0.5) }), 'refused'],
  ['nobody asked again, so the last word counts', fresh({ createdAt: ago(7), refusedAt: ago(5) }), 'refused'],
  ['the last try may take a moment', fresh({ createdAt: ago(5.5), refusedAt: ago(0.8) }), 'healthy'],
  ['of one in use Entra knows', fresh({ slot: 'current' }), 'refused'],
  ['an expired one is not new', fresh({ refusedCode: 'secret-expired' }), 'expired'],
] as const)('S-18 propagating: %s', (_, facts, state) => {
  expect(outlookOf(facts, THRESHOLDS, now).state).toBe(state)
})

test('Entra’s answer contradicts the stored day only on another day', () => {
  expect([null, 1, 0].map((daysLeft) => isRejected({ state: 'expired', daysLeft }))).toEqual([true, true, false])
  expect([-1, 0, null].map((daysLeft) => hasWrongDate({ state: 'critical', daysLeft }))).toEqual([true, false, false])
})

test('what stopped is most urgent, then what expires this week, what a previous credential carries, and the rest', () => {
  const rest = { isCarried: false }
  const urgencies = (['expired', 'refused', 'critical', 'soon'] as const).map((state) => urgencyOf(state, rest))
  expect([...urgencies, urgencyOf('expired', { isCarried: true })]).toEqual([0, 0, 1, 3, 2])
})

test('of one date, the credentials of mail servers and those of other applications have the same state', () => {
  for (const days of [0, 7, 60])
    for (const ms of [-1, 0, 1]) {
      const expiresAt = new Date(now.getTime() + days * DAY_MS + ms)
      const { state } = outlookOf(facts({ expiresAt }), THRESHOLDS, now)
      expect(inventoryState(expiresAt, bordersOf(THRESHOLDS, now)), `${days} days and ${ms} ms`).toBe(state)
    }
  const { critical, soon } = bordersOf([1], now)
  expect(soon).toEqual(critical)
})

test('the largest threshold decides what is soon', () => {
  expect(outlookOf(until('2027-05-20T12:00:00Z'), [90, 0], now).state).toBe('soon')
  expect(outlookOf(until('2027-03-20T12:00:00Z'), [0], now).state).toBe('healthy')
})

const WORSE = ['healthy', 'soon', 'critical', 'expired']
/** Instants around both changes of daylight saving in Europe and America, and anywhere else. */
const instant = fc.oneof(
  fc
    .constantFrom('2027-03-28T01:00:00Z', '2027-10-31T01:00:00Z', '2027-03-14T07:00:00Z', '2027-11-07T06:00:00Z')
    .chain((base) => fc.integer({ min: -90_000_000, max: 90_000_000 }).map((ms) => new Date(Date.parse(base) + ms))),
  fc.date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true }),
)

test('R-15 the state only gets worse with time, and a day has 24 hours on every day of the year', () => {
  fc.assert(
    fc.property(instant, instant, fc.nat(200 * DAY_MS), (expiresAt, first, laterMs) => {
      const later = new Date(first.getTime() + laterMs)
      const before = outlookOf(facts({ expiresAt }), THRESHOLDS, first)
      const after = outlookOf(facts({ expiresAt }), THRESHOLDS, later)
      expect(WORSE.indexOf(after.state)).toBeGreaterThanOrEqual(WORSE.indexOf(before.state))
      const nextDay = outlookOf(facts({ expiresAt }), THRESHOLDS, new Date(first.getTime() + DAY_MS))
      expect(nextDay.daysLeft).toBe((before.daysLeft ?? 0) - 1)
    }),
  )
})
