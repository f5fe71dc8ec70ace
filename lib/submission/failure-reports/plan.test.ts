import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../../tests/support/runs'
import { HOUR_MS, MINUTE_MS } from '../../kernel'
import { planReports, RECENT_MS, SINGLES_MAX } from './plan'
import { deliveryStatus, recipientOf, statusOf } from './status'

const NOW = new Date('2027-01-12T09:00:00Z')
const ago = (ms: number): Date => new Date(NOW.getTime() - ms)

test.each([
  ['the first failure is reported alone', { count: 1, oldestAt: NOW, singles: 0, hasSummary: false }, 'singles 1'],
  ['a few failures are reported one by one', { count: 3, oldestAt: NOW, singles: 7, hasSummary: false }, 'singles 3'],
  ['what exceeds the bound waits', { count: 30, oldestAt: NOW, singles: 7, hasSummary: false }, 'singles 3'],
  ['beyond the bound all wait', { count: 30, oldestAt: ago(59 * MINUTE_MS), singles: 10, hasSummary: false }, 'wait'],
  [
    'after an hour all are in one summary',
    { count: 30, oldestAt: ago(HOUR_MS), singles: 0, hasSummary: false },
    'summary',
  ],
  ['after a summary the next ones wait', { count: 2, oldestAt: ago(MINUTE_MS), singles: 0, hasSummary: true }, 'wait'],
  [
    'a single one that waited is reported alone',
    { count: 1, oldestAt: ago(HOUR_MS), singles: 10, hasSummary: true },
    'singles 1',
  ],
] as const)('%s', (_, waiting, expected) => {
  const plan = planReports(waiting, NOW)
  expect(plan?.kind === 'singles' ? `singles ${plan.count}` : (plan?.kind ?? 'wait')).toBe(expected)
})

test('R-24 however many messages of a client fail, an address gets a bounded number of reports an hour, and each failure is in one', () => {
  const minutes = fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 240 })
  fc.assert(
    fc.property(minutes, (perMinute) => {
      let waiting: number[] = []
      const sent: { atMs: number; kind: 'single' | 'summary'; failures: number }[] = []
      const lasts = perMinute.length + 120
      for (let minute = 0; minute < lasts; minute++) {
        const nowMs = minute * MINUTE_MS
        waiting.push(...Array.from({ length: perMinute[minute] ?? 0 }, () => nowMs))
        const [oldest] = waiting
        if (oldest === undefined) continue
        const recent = sent.filter(({ atMs }) => nowMs - atMs < RECENT_MS)
        const plan = planReports(
          {
            count: waiting.length,
            oldestAt: new Date(oldest),
            singles: recent.filter(({ kind }) => kind === 'single').length,
            hasSummary: recent.some(({ kind }) => kind === 'summary'),
          },
          new Date(nowMs),
        )
        if (plan?.kind === 'summary') {
          sent.push({ atMs: nowMs, kind: 'summary', failures: waiting.length })
          waiting = []
        }
        if (plan?.kind === 'singles')
          for (const _ of waiting.splice(0, plan.count)) sent.push({ atMs: nowMs, kind: 'single', failures: 1 })
      }
      expect(waiting).toEqual([])
      expect(sent.reduce((sum, { failures }) => sum + failures, 0)).toBe(perMinute.reduce((a, b) => a + b, 0))
      for (const { atMs } of sent) {
        const hour = sent.filter((each) => each.atMs >= atMs && each.atMs < atMs + HOUR_MS)
        expect(hour.filter(({ kind }) => kind === 'summary').length).toBeLessThanOrEqual(1)
        expect(hour.length).toBeLessThanOrEqual(SINGLES_MAX + 2)
      }
    }),
    runs(300),
  )
})

test.each([
  ['550 5.1.1 User unknown', 'failed', '5.1.1'],
  ['550-5.7.60 SMTP; Client does not have permissions', 'failed', '5.7.60'],
  ['451 4.7.500 Server busy', 'failed', '4.7.500'],
  ['554 rejected', 'failed', '5.0.0'],
  ['550 refused for the same reason as the message before, 5.7.1', 'failed', '5.0.0'],
  ['421 try 5.1.1 later', 'failed', '4.0.0'],
  ['ECONNREFUSED 192.0.2.1', 'failed', '5.0.0'],
  ['250 2.0.0 OK', 'failed', '5.0.0'],
  [null, 'failed', '5.0.0'],
  [null, 'declined', '5.7.1'],
] as const)('the status of %s is %s %s', (reply, state, expected) => {
  expect(statusOf({ state, reply })).toBe(expected)
})

test.each([
  ['550 5.1.1 User unknown', 'smtp; 550 5.1.1 User unknown'],
  ['no answer within 30 s', 'x-postroom; deadline-passed'],
])('what ended an attempt is named as a reply only if it is one: %s', (reply, expected) => {
  const recipients = [{ address: 'anna@fabrikam.example', state: 'failed', code: 'deadline-passed', reply }] as const
  const failure = { recipients, acceptedAt: NOW, at: NOW } as unknown as Parameters<typeof deliveryStatus>[0]
  expect(deliveryStatus(failure, 'post.contoso.example')[1]).toContainEqual(['Diagnostic-Code', expected])
})

test.each([
  ['anna@fabrikam.example', 'rfc822; anna@fabrikam.example'],
  ['"john smith"@fabrikam.example', 'rfc822; "john smith"@fabrikam.example'],
  ['jürgen@fabrikam.example', 'utf-8; j\\x{FC}rgen@fabrikam.example'],
  ['back\\slash@bücher.example', 'utf-8; back\\x{5C}slash@b\\x{FC}cher.example'],
])('the recipient %s is reported as %s', (address, expected) => {
  expect(recipientOf(address)).toBe(expected)
})
