import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../../tests/support/runs'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../kernel'
import { conditionsOf, isSilent } from './conditions'
import { ALERT_KINDS, type Condition } from './kinds'
import { ALL_CLEAR, type AlertFacts, type AlertPlan, type OpenAlert, planAlerts } from './plan'

const NOW = new Date('2027-01-12T09:00:00Z')
const ago = (ms: number): Date => new Date(NOW.getTime() - ms)
const DISK: Condition = { kind: 'disk', subject: '', details: { freeMib: 12 } }
const REPEAT_MS = 4 * HOUR_MS

const facts = (more: Partial<AlertFacts>): AlertFacts => ({
  conditions: [],
  open: [],
  kinds: ALERT_KINDS,
  unmeasured: [],
  machines: ['mail1'],
  channels: ['mail', 'teams'],
  repeatMs: REPEAT_MS,
  ...more,
})
type Sent = [channelId: string, number: number, state: OpenAlert['notifications'][number]['state'], dueAt: Date]
const alert = (sent: readonly Sent[], more: Partial<OpenAlert> = {}): OpenAlert => ({
  id: 'a',
  kind: 'disk',
  subject: '',
  details: { freeMib: 12, host: 'mail1' },
  heldAt: ago(MINUTE_MS),
  acknowledgedAt: null,
  notifications: sent.map(([channelId, number, state, dueAt]) => ({
    id: `${channelId}${number}`,
    channelId,
    number,
    state,
    dueAt,
  })),
  ...more,
})
const NOTHING: AlertPlan = { open: [], hold: [], close: [], silent: [], notify: [], cancel: [] }
const HELD = { hold: [{ id: 'a', details: DISK.details }] }
const to = (channelId: string, number: number) => ({ alertId: 'a', channelId, number })
const SENT: Sent[] = [
  ['mail', 0, 'sent', ago(HOUR_MS)],
  ['teams', 0, 'sent', ago(HOUR_MS)],
]
const SENT_LONG_AGO: Sent[] = [
  ['mail', 0, 'sent', ago(REPEAT_MS)],
  ['teams', 0, 'due', ago(REPEAT_MS)],
]

const CASES: [string, Partial<AlertFacts>, Partial<AlertPlan>][] = [
  ['opens an alert', { conditions: [DISK] }, { open: [DISK] }],
  [
    'hides no other kind, and no other subject of its kind',
    {
      conditions: [
        { ...DISK, kind: 'failures' },
        { ...DISK, subject: 'other' },
      ],
      open: [alert(SENT)],
    },
    {
      open: [
        { ...DISK, kind: 'failures' },
        { ...DISK, subject: 'other' },
      ],
    },
  ],
  ['opens none of a kind that is not watched', { conditions: [DISK], kinds: ['failures'] }, {}],
  ['is silent between two notifications', { conditions: [DISK], open: [alert(SENT)] }, HELD],
  [
    'repeats for the channel that got it, and does not pile up',
    { conditions: [DISK], open: [alert(SENT_LONG_AGO)] },
    { ...HELD, notify: [to('mail', 1)] },
  ],
  [
    'does not repeat what waits as a mail in the outbox',
    { conditions: [DISK], open: [alert([['mail', 0, 'queued', ago(REPEAT_MS)]])], channels: ['mail'] },
    HELD,
  ],
  [
    'cancels a mail in the outbox for a channel that is off',
    { conditions: [DISK], open: [alert([['mail', 0, 'queued', ago(REPEAT_MS)]])], channels: [] },
    { ...HELD, cancel: ['mail0'] },
  ],
  [
    'does not repeat what is acknowledged',
    { conditions: [DISK], open: [alert(SENT_LONG_AGO, { acknowledgedAt: ago(1) })] },
    HELD,
  ],
  [
    'notifies a channel that was added',
    { conditions: [DISK], open: [alert(SENT)], channels: ['mail', 'teams', 'new'] },
    { ...HELD, notify: [to('new', 0)] },
  ],
  [
    'cancels what waits for a channel that is off',
    { conditions: [DISK], open: [alert(SENT_LONG_AGO)], channels: [] },
    { ...HELD, cancel: ['teams0'] },
  ],
  ['waits before it calls an alert over', { open: [alert(SENT)] }, {}],
  [
    'says that it is over',
    { open: [alert(SENT, { heldAt: ago(5 * MINUTE_MS) })] },
    { close: ['a'], notify: [to('mail', ALL_CLEAR), to('teams', ALL_CLEAR)] },
  ],
  [
    'says so after an acknowledgement too',
    { open: [alert(SENT, { heldAt: ago(5 * MINUTE_MS), acknowledgedAt: ago(1) })] },
    { close: ['a'], notify: [to('mail', ALL_CLEAR), to('teams', ALL_CLEAR)] },
  ],
  [
    'does not say that something is over to those who never heard of it',
    { open: [alert(SENT_LONG_AGO, { heldAt: ago(5 * MINUTE_MS) })] },
    { close: ['a'], cancel: ['teams0'], notify: [to('mail', ALL_CLEAR)] },
  ],
  [
    'does not say that something is over to those whose notification has not arrived either',
    {
      open: [
        alert(
          [
            ['mail', 0, 'queued', ago(HOUR_MS)],
            ['teams', 0, 'failed', ago(HOUR_MS)],
          ],
          { heldAt: ago(5 * MINUTE_MS) },
        ),
      ],
    },
    { close: ['a'], cancel: ['mail0'] },
  ],
  [
    'says that its machine has stopped reporting rather than that it is resolved',
    { open: [alert(SENT, { heldAt: ago(5 * MINUTE_MS) })], machines: ['mail2'] },
    { close: ['a'], silent: ['a'], notify: [to('mail', ALL_CLEAR), to('teams', ALL_CLEAR)] },
  ],
  ['ends without a word when the kind is no longer watched', { open: [alert(SENT)], kinds: [] }, { close: ['a'] }],
  ['leaves alone what cannot be measured', { open: [alert(SENT, { heldAt: ago(DAY_MS) })], unmeasured: ['disk'] }, {}],
]
test.each(CASES)('R-25 an alert %s', (_, changes, expected) => {
  expect(planAlerts(facts(changes), NOW)).toEqual({ ...NOTHING, ...expected })
})

test('R-25 whatever happens, each channel gets one first notification, repeats at the interval, and one all-clear, with no gap in the numbers', () => {
  const steps = fc.array(
    fc.record({ holds: fc.boolean(), acknowledges: fc.nat({ max: 9 }), minutes: fc.integer({ min: 1, max: 200 }) }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(steps, (walk) => {
      let nowMs = NOW.getTime()
      let open: OpenAlert | null = null
      let sent: { number: number; atMs: number }[] = []
      for (const { holds, acknowledges, minutes } of walk) {
        nowMs += minutes * MINUTE_MS
        const now = new Date(nowMs)
        const held: OpenAlert | null = open
        if (held && acknowledges === 0) open = { ...(held as OpenAlert), acknowledgedAt: now }
        const acknowledged: boolean = open !== null && open.acknowledgedAt !== null
        const plan: AlertPlan = planAlerts(
          facts({ conditions: holds ? [DISK] : [], open: open ? [open] : [], channels: ['mail'] }),
          now,
        )
        const numbers: number[] = [...plan.open.map(() => 0), ...plan.notify.map(({ number }) => number)]
        expect(numbers.length).toBeLessThanOrEqual(1)
        for (const number of numbers) {
          if (number > 0) {
            expect(acknowledged).toBe(false)
            expect(nowMs - (sent.at(-1)?.atMs ?? 0)).toBeGreaterThanOrEqual(REPEAT_MS)
          }
          expect(number === ALL_CLEAR ? sent.length > 0 : number === sent.length).toBe(true)
          sent.push({ number, atMs: nowMs })
        }
        if (plan.open.length > 0) open = alert([], { heldAt: now })
        if (open) {
          const notifications = sent.map(({ number, atMs }) => ({
            id: `${number}`,
            channelId: 'mail',
            number,
            state: 'sent' as const,
            dueAt: new Date(atMs),
          }))
          open = { ...open, notifications, heldAt: plan.hold.length > 0 ? now : open.heldAt }
        }
        if (plan.close.length > 0) {
          open = null
          sent = []
        }
        const again = planAlerts(
          facts({ conditions: holds ? [DISK] : [], open: open ? [open] : [], channels: ['mail'] }),
          now,
        )
        if (open) expect([again.open, again.notify, again.close]).toEqual([[], [], []])
      }
    }),
    runs(500),
  )
})

const LIMITS = {
  queueMinutes: 30,
  failuresPerMinute: 5,
  pausedMinutes: 5,
  certificateDays: 14,
  diskGib: 1,
  silentHours: 24,
}
test.each([
  [
    'a message that waits for 30 minutes',
    { 'queue-age': [{ since: ago(30 * MINUTE_MS), messages: 3, server: 'A', isPaused: false }] },
    ['queue-age'],
  ],
  [
    'a message that waits for less',
    { 'queue-age': [{ since: ago(29 * MINUTE_MS), messages: 3, server: 'A', isPaused: false }] },
    [],
  ],
  [
    'messages that wait because their mail server is paused',
    {
      'queue-age': [{ since: ago(HOUR_MS), messages: 3, server: 'A', isPaused: true }],
      'server-paused': [{ id: '1', name: 'A', at: ago(HOUR_MS), by: 'x' }],
    },
    ['server-paused mail-server:1'],
  ],
  [
    'the same without an alert about paused mail servers',
    { 'queue-age': [{ since: ago(HOUR_MS), messages: 3, server: 'A', isPaused: true }] },
    ['queue-age'],
  ],
  [
    'a message that waits at another mail server than the paused one',
    {
      'queue-age': [
        { since: ago(HOUR_MS), messages: 3, server: 'A', isPaused: false },
        { since: ago(2 * HOUR_MS), messages: 3, server: 'B', isPaused: true },
      ],
      'server-paused': [],
    },
    ['queue-age'],
  ],
  ['25 failures in five minutes', { failures: { count: 25 } }, ['failures']],
  ['24 failures in five minutes', { failures: { count: 24 } }, []],
  [
    'two paused servers',
    {
      'server-paused': [
        { id: '1', name: 'A', at: ago(5 * MINUTE_MS), by: 'x' },
        { id: '2', name: 'B', at: ago(MINUTE_MS), by: 'x' },
      ],
    },
    ['server-paused mail-server:1'],
  ],
  ['a certificate with 13 days', { certificate: [{ host: 'mail1', expiresAt: ago(-13 * DAY_MS) }] }, ['certificate']],
  ['an expired certificate', { certificate: [{ host: 'mail1', expiresAt: ago(DAY_MS) }] }, ['certificate']],
  ['a certificate with 14 days', { certificate: [{ host: 'mail1', expiresAt: ago(-14 * DAY_MS) }] }, []],
  ['no listener', { certificate: [] }, []],
  ['less than a GiB free', { disk: [{ host: 'mail1', freeBytes: 2 ** 30 - 1 }] }, ['disk']],
  ['a GiB free', { disk: [{ host: 'mail1', freeBytes: 2 ** 30 }] }, []],
] as const)('%s', (_, measured, expected) => {
  expect(conditionsOf(measured, LIMITS, NOW).map(({ kind, subject }) => `${kind} ${subject}`.trim())).toEqual(expected)
})

test('R-25 the alert about waiting messages is about the mail server whose message has waited longest', () => {
  const waiting = (server: string, hours: number) => ({
    since: ago(hours * HOUR_MS),
    messages: 3,
    server,
    isPaused: server === 'B',
  })
  const [queueAge] = conditionsOf({ 'queue-age': [waiting('A', 1), waiting('B', 2)] }, LIMITS, NOW)
  expect(queueAge?.details).toEqual({ minutes: 120, messages: 3, server: 'B' })
})

/** Hours from 9 to 17 o'clock on working days, up to the last message. */
const workingHours = (last: Date): Date[] =>
  Array.from({ length: 14 * 24 }, (_, nth) => new Date(last.getTime() - nth * HOUR_MS))
    .filter((at) => at.getUTCHours() >= 9 && at.getUTCHours() < 17 && at.getUTCDay() % 6 !== 0)
    .reverse()

/** The last of these messages was sent a day before `NOW`. */
const everyHours = (hours: number, count: number): Date[] =>
  Array.from({ length: count }, (_, nth) => ago(DAY_MS + nth * hours * HOUR_MS)).reverse()

test.each([
  [
    'works on weekdays, on a Monday morning',
    workingHours(new Date('2027-01-08T16:00:00Z')),
    '2027-01-11T08:00:00Z',
    false,
  ],
  [
    'works on weekdays, and misses three days',
    workingHours(new Date('2027-01-12T16:00:00Z')),
    '2027-01-15T16:00:00Z',
    false,
  ],
  [
    'works on weekdays, and misses a week',
    workingHours(new Date('2027-01-08T16:00:00Z')),
    '2027-01-15T16:00:00Z',
    true,
  ],
  ['sends every hour, and misses 23', everyHours(1, 200), '2027-01-12T08:00:00Z', false],
  ['sends every hour, and misses a day', everyHours(1, 200), '2027-01-12T09:00:00Z', true],
  ['sent ten times on five days', everyHours(11, 10), '2027-03-15T16:00:00Z', true],
  ['sent nine times on nine days', everyHours(24, 9), '2027-03-15T16:00:00Z', false],
  ['sent twice', workingHours(new Date('2027-01-08T16:00:00Z')).slice(-2), '2027-03-15T16:00:00Z', false],
  ['sent on two days only', workingHours(new Date('2027-01-08T16:00:00Z')).slice(-16), '2027-03-15T16:00:00Z', false],
])('R-25 a client that %s', (_, hours, now, expected) => {
  const lastAt = hours.at(-1) ?? NOW
  const client = { id: 'c', name: 'Scanner', lastAt, hours, hasAlert: false }
  expect(isSilent(client, DAY_MS, new Date(now))).toBe(expected)
})

test('R-25 a client with an alert is silent until it sends, whatever is still known of its habits', () => {
  const client = { id: 'c', name: 'Scanner', lastAt: ago(DAY_MS), hours: [], hasAlert: true }
  expect(isSilent(client, DAY_MS, NOW)).toBe(true)
  expect(isSilent({ ...client, lastAt: ago(HOUR_MS) }, DAY_MS, NOW)).toBe(false)
})

test('R-25 a repeat takes the alerts of its kind with it that were not sent lately', () => {
  const silent = (id: string, number: number, ageMs: number) =>
    alert([['mail', number, 'sent', ago(ageMs)]], { id, kind: 'client-silent', subject: id })
  const fresh = alert([], { id: 'd', kind: 'client-silent', subject: 'd' })
  const [due, soon, lately] = [
    silent('a', 0, REPEAT_MS),
    silent('b', 2, REPEAT_MS / 2),
    silent('c', 0, REPEAT_MS / 2 - 1),
  ]
  const conditions = ['a', 'b', 'c', 'd'].map((subject) => ({ ...DISK, kind: 'client-silent' as const, subject }))
  const notified = (open: readonly OpenAlert[]) =>
    planAlerts(facts({ conditions, open, channels: ['mail'] }), NOW).notify.map(({ alertId, number }) => [
      alertId,
      number,
    ])
  expect(notified([lately, soon, due])).toEqual([
    ['b', 3],
    ['a', 1],
  ])
  expect(notified([lately, soon])).toEqual([])
  // The first notification of another alert is no repeat.
  expect(notified([lately, soon, fresh])).toEqual([['d', 0]])
})
