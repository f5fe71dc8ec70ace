import { expect, test } from 'vitest'
import { type DiagnosisCode, RETRY_OF } from '../../kernel/diagnosis-code'
import { HOUR_MS, MINUTE_MS } from '../../kernel/time'
import { planRetry, probePauseMs, routePauseMs, scopeOf } from './retry-plan'

const now = new Date('2027-03-01T12:00:00Z')
const expiresAt = new Date(now.getTime() + 5 * 24 * HOUR_MS)
const before = (ms: number) => new Date(now.getTime() - ms)
const facts = { attemptCount: 1, now, expiresAt, changedAt: null, random: 0.5 }

test.each([
  ['the first pause is a minute', { retry: 'yes', attemptCount: 1 }, MINUTE_MS],
  ['each is twice as long', { retry: 'yes', attemptCount: 4 }, 8 * MINUTE_MS],
  ['none is over four hours', { retry: 'yes', attemptCount: 60 }, 4 * HOUR_MS],
  ['jitter makes it a fifth shorter', { retry: 'yes', attemptCount: 1, random: 0 }, 0.8 * MINUTE_MS],
  ['or longer', { retry: 'yes', attemptCount: 1, random: 1 }, 1.2 * MINUTE_MS],
  ['a quota frees itself in hours', { retry: 'later', attemptCount: 1 }, 2 * HOUR_MS],
  ['settling, just changed: minutes', { retry: 'settling', changedAt: before(HOUR_MS) }, 5 * MINUTE_MS],
  ['settling, changed long ago: never', { retry: 'settling', changedAt: before(2 * HOUR_MS) }, null],
  ['settling, nobody knows: never', { retry: 'settling' }, null],
  ['what a person must mend: never', { retry: 'no' }, null],
  ['past five days: never', { retry: 'yes', attemptCount: 20, expiresAt: new Date(now.getTime() + HOUR_MS) }, null],
] as const)('R-06 %s', (_, more, pauseMs) => {
  const dueAt = planRetry({ ...facts, ...more })
  expect(dueAt && dueAt.getTime() - now.getTime()).toBe(pauseMs)
})

test('R-06 five days are some forty tries, never hundreds and never a handful', () => {
  let attemptCount = 0
  let at: Date | null = now
  while (at) at = planRetry({ ...facts, retry: 'yes', attemptCount: ++attemptCount, now: at })
  expect(attemptCount).toBeGreaterThan(20)
  expect(attemptCount).toBeLessThan(60)
})

const of = (code: DiagnosisCode, stage: string, isOwnSender = true, isOwnMailbox = true) =>
  scopeOf({ code, stage, retry: RETRY_OF[code] }, { isOwnSender, isOwnMailbox })

test.each([
  ['secret-expired', 'token', 'server'],
  ['secret-invalid', 'token', 'server'],
  ['entra-throttled', 'token', 'route'],
  ['role-missing', 'auth', 'server'],
  ['credentials-incorrect', 'auth', 'server'],
  ['server-busy', 'auth', 'route'],
  ['connection-refused', 'connect', 'route'],
  ['certificate-expired', 'tls', 'server'],
  ['name-not-found', 'connect', 'server'],
  ['send-as-denied', 'data', 'server'],
  ['from-header-invalid', 'data', 'server'],
  ['concurrency-exceeded', 'sender', 'route'],
  ['concurrency-exceeded', 'data', 'route'],
  ['daily-quota-exceeded', 'data', 'route'],
  ['server-busy', 'recipient', 'message'],
  ['temporarily-refused', 'sender', 'route'],
  ['temporarily-refused', 'recipient', 'message'],
  ['starttls-required', 'sender', 'server'],
  ['content-rejected', 'data', 'message'],
  ['sender-authentication-failed', 'data', 'message'],
  ['connection-lost', 'data', 'message'],
  ['recipient-not-found', 'recipient', 'message'],
  ['message-too-large', 'data', 'message'],
  ['tenant-blocked', 'data', 'server'],
  ['unrecognised', 'data', 'message'],
] as const)('R-06 F-10 %s at %s concerns the %s', (code, stage, scope) => {
  expect(of(code, stage)).toBe(scope)
})

test('what is denied to another sender than the mailbox that logs in is denied to that mail alone', () => {
  expect(of('send-as-denied', 'data', false)).toBe('message')
})

test('what is denied to another mailbox holds up its own mail, and what concerns all holds up all', () => {
  const ofOther = (code: DiagnosisCode, stage: string) => of(code, stage, true, false)
  expect(ofOther('exchange-rejected-token', 'auth')).toBe('route')
  expect(ofOther('smtp-auth-disabled-for-mailbox', 'auth')).toBe('route')
  expect(ofOther('mailbox-permission-missing', 'data')).toBe('route')
  expect(ofOther('send-as-denied', 'data')).toBe('message')
  expect(ofOther('secret-expired', 'token')).toBe('server')
  expect(of('exchange-rejected-token', 'auth')).toBe('server')
  expect(of('mailbox-permission-missing', 'data')).toBe('server')
})

test('F-10 a paused server is tried every 15 minutes, sooner only while a change settles', () => {
  const first = { settling: false, lastedMs: 0 }
  expect(probePauseMs('no', { ...first, settling: true })).toBe(15 * MINUTE_MS)
  expect(probePauseMs('settling', first)).toBe(15 * MINUTE_MS)
  expect(probePauseMs('settling', { ...first, settling: true })).toBe(5 * MINUTE_MS)
})

test('F-06 what may pass by itself is tried after as long again as it has lasted, from 15 seconds to 15 minutes', () => {
  const after = (lastedMs: number) => probePauseMs('yes', { settling: false, lastedMs })
  expect([0, 15_000, MINUTE_MS, HOUR_MS].map(after)).toEqual([15_000, 15_000, MINUTE_MS, 15 * MINUTE_MS])
})

test('F-06 a route that fails again and again is left alone for longer, up to a quarter of an hour', () => {
  const pauses = Array.from({ length: 12 }, (_, at) => routePauseMs(at + 1, 0.5))
  expect(pauses[0]).toBe(15_000)
  expect(pauses[1]).toBe(30_000)
  expect(pauses.at(-1)).toBe(15 * MINUTE_MS)
})
