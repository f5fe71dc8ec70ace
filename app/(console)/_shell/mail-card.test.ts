import { expect, test } from 'vitest'
import type { Warning } from '@/lib/credentials/reminders/warnings'
import { translatorFor } from '@/lib/i18n/translations'
import { mailCardOf, reasonPath, resumedText, type ServerNow, serverNow, urgentCredentials } from './mail-card'

const since = new Date('2026-11-26T07:14:00Z')
const server = (name: string, now: Partial<ServerNow>): ServerNow => ({
  mailServerId: name,
  name,
  pause: null,
  failover: null,
  state: 'delivering',
  failing: null,
  ownResult: null,
  ...now,
})
const failedTest = { how: 'test', evidenceId: 'run', at: since, failed: true, code: 'secret-expired' } as const
const finance = server('Finance', {})
const paused = server('Scanner', { state: 'off', pause: { at: since, by: 'Mail operations', code: null } })
const failing = server('Scanner', { state: 'failing', failing: { kind: 'paused' } })
const resumedSince = new Date('2026-11-26T07:20:00Z')
const resumed = server('Resumed', {
  state: 'failing',
  failing: { kind: 'delivery', evidenceId: 'message', resumedAt: resumedSince },
})
const warning = (change: Partial<Warning>) =>
  ({ holderId: 'Scanner', state: 'refused', refusedAt: since, ...change }) as Warning

test.each<[string, ServerNow[], Partial<ReturnType<typeof mailCardOf>>]>([
  ['no server', [], { state: 'not-set-up', href: '/set-up' }],
  ['one that works', [finance], { state: 'delivering', href: '/messages', isStopped: false }],
  ['one that expires soon', [server('Finance', { state: 'expiring' })], { state: 'delivering' }],
  ['one without a test', [server('New', { state: 'unverified' })], { state: 'unverified', href: '/mail-server/New' }],
  ['one that works and a new one', [server('New', { state: 'unverified' }), finance], { state: 'delivering' }],
  [
    'one that a person paused',
    [finance, paused],
    {
      state: 'paused',
      server: 'Scanner',
      name: 'Mail operations',
      since,
      isStopped: false,
      href: '/mail-server/Scanner',
    },
  ],
  ['the only one, which a person paused', [paused], { state: 'paused', server: null, isStopped: true }],
  [
    'one of two that fails',
    [finance, failing, paused],
    { state: 'failing', server: 'Scanner', failingIds: ['Scanner'], isStopped: false },
  ],
  [
    'one that fails, and its failover server as well',
    [failing, server('Relay', { state: 'failing', failing: { kind: 'delivery', evidenceId: 'message' } })],
    { state: 'failing', server: 'Scanner, Relay', failingIds: ['Scanner', 'Relay'], isStopped: true },
  ],
  ['the only one that fails', [failing], { state: 'failing', href: '/mail-server/Scanner', isStopped: true }],
  [
    'a failed test alone',
    [server('Scanner', { state: 'failing', failing: { kind: 'test', evidenceId: 'run' }, ownResult: failedTest })],
    { state: 'failing', isStopped: false, failed: failedTest },
  ],
  [
    'a failed attempt after a test of another sender',
    [
      server('Scanner', {
        state: 'failing',
        failing: { kind: 'delivery', evidenceId: 'message' },
        ownResult: failedTest,
      }),
    ],
    { state: 'failing', isStopped: true, failed: null },
  ],
  ['one that was resumed', [resumed], { state: 'resumed', isStopped: false, resumedAt: resumedSince }],
  [
    'one that was resumed and one that fails',
    [failing, resumed],
    { state: 'failing', isStopped: false, resumedAt: resumedSince },
  ],
  [
    'one that was resumed and one that works',
    [finance, resumed],
    { state: 'resumed', server: 'Resumed', isStopped: false, resumedAt: null },
  ],
  [
    'a failover server that took over',
    [
      server('Scanner', {
        state: 'failover',
        failover: 'Litware relay',
        pause: { at: since, by: 'diagnosis', code: null },
      }),
    ],
    { state: 'failover', name: 'Litware relay', since },
  ],
  [
    'a previous credential',
    [server('Scanner', { state: 'fallback' })],
    { state: 'fallback', server: null, since, href: '/credentials/Scanner' },
  ],
])('the card shows the worst state that affects mail: %s', (_, servers, card) => {
  expect(mailCardOf(servers, [warning({})])).toMatchObject(card)
})

test.each<[string, ServerNow, string]>([
  ['a pause, by a fault', failing, '/messages'],
  ['a pause, by a person', paused, '/messages'],
  ['an attempt', server('S', { failing: { kind: 'delivery', evidenceId: '0b1c' } }), '/messages/0b1c'],
  ['a test', server('S', { failing: { kind: 'test', evidenceId: '0b1c' } }), '/mail-server/tests/0b1c'],
  ['a rejected credential', server('S', { failing: { kind: 'credential-refused' } }), '/credentials/S'],
  ['settings that cannot be read', server('S', { failing: { kind: 'unreadable' } }), '/mail-server/S'],
])('why nothing is sent is said on the page that has the reason: %s', (_, now, page) => {
  expect(reasonPath(now)).toBe(page)
  if (now === failing || now === paused) expect(mailCardOf([now], [])).toMatchObject({ reason: page })
})

test('while a failover server that took over fails as well, nothing is sent', () => {
  const pause = { at: since, by: 'diagnosis', code: 'secret-expired' }
  const saved = { id: 'scanner', name: 'Scanner', pause, failover: 'Relay' }
  const facts = { state: 'failing', failing: { kind: 'paused' }, failover: null, ownResult: null } as const
  expect(mailCardOf([serverNow(saved, facts)], [])).toMatchObject({ state: 'failing', isStopped: true })
})

test.each([
  ['en', null, 'Delivery was resumed today at 07:20 UTC. The next message will show whether mail is sent.'],
  ['en', resumedSince, 'Delivery was resumed today at 07:20 UTC. The first message is being attempted.'],
  [
    'en',
    new Date('2026-11-26T07:22:00Z'),
    'Delivery was resumed today at 07:20 UTC. The first message will be attempted at 07:22 UTC.',
  ],
  [
    'de',
    new Date('2026-11-26T07:22:00Z'),
    'Der Versand wurde heute um 07:20 UTC fortgesetzt. Der erste Versuch folgt um 07:22 UTC.',
  ],
] as const)(
  'after delivery was resumed the banner says when the first message is attempted (%s, %s)',
  (locale, next, text) => {
    const now = new Date('2026-11-26T07:21:00Z')
    expect(resumedText(resumedSince, next, { now, t: translatorFor(locale, 'shell') })).toBe(text)
  },
)

test('credentials count as urgent within a week, once expired and once rejected', () => {
  const states = ['soon', 'critical', 'expired', 'refused'] as const
  expect(urgentCredentials(states.map((state) => warning({ state })))).toBe(3)
})
