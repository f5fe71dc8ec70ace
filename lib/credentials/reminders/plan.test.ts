import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../kernel'
import type { Channel } from '../../notifications/store/channel-rows'
import {
  nextThreshold,
  type PlanFacts,
  planReminders,
  reachOf,
  type StoredReminder,
  type WatchedCredential,
} from './plan'

const END = new Date('2027-03-28T01:30:00Z') // in the hour that Europe leaves out
const THRESHOLDS = [60, 30, 14, 7, 1, 0]
const before = (days: number, hours = 0) => new Date(END.getTime() - days * DAY_MS - hours * HOUR_MS)
const credential = (changes: Partial<WatchedCredential> = {}): WatchedCredential => ({
  id: 'c',
  kind: 'client-secret',
  slot: 'current',
  expiryVersion: 1,
  expiresAt: END,
  acceptedAt: null,
  refusedAt: null,
  refusedCode: null,
  owners: [],
  createdAt: before(365),
  foundAt: null,
  removedAt: null,
  ...changes,
})
const hook = { id: 'hook', kind: 'webhook', enabled: true, owner: null } as const
const mail = { id: 'mail', kind: 'mail', enabled: true, owner: null } as const
const plan = (facts: Partial<PlanFacts>) =>
  planReminders({
    credentials: [credential()],
    channels: [hook],
    thresholdsDays: THRESHOLDS,
    stored: [],
    now: before(61),
    ...facts,
  })
const row = (thresholdDays: number, changes: Partial<StoredReminder> = {}): StoredReminder => ({
  id: `r${thresholdDays}`,
  credentialId: 'c',
  clientId: null,
  expiryVersion: 1,
  channelId: 'hook',
  thresholdDays,
  state: 'sent',
  dueAt: before(Math.max(0, thresholdDays)),
  ...changes,
})
const NOTHING = { create: [], cover: [], cancel: [], takeBack: [] }

test('R-16 plans nothing before the first threshold, and the threshold to the millisecond', () => {
  expect(plan({ now: new Date(before(60).getTime() - 1) })).toEqual(NOTHING)
  expect(plan({ now: before(60) }).create).toMatchObject([{ thresholdDays: 60, state: 'due' }])
})

test('R-16 F-64 after days without a worker one reminder is about the newest threshold and covers the others', () => {
  const { create, cover } = plan({ now: before(5), stored: [row(60), row(30, { state: 'due' })] })
  expect(create.map(({ thresholdDays, state }) => [thresholdDays, state])).toEqual([
    [7, 'due'],
    [14, 'covered'],
  ])
  expect(cover).toEqual(['r30'])
})

test('R-16 the last mail is due two hours before the expiry; other channels are notified at the expiry', () => {
  const last = (now: Date) =>
    plan({ channels: [hook, mail], now, stored: THRESHOLDS.slice(0, 5).flatMap((days) => both(days)) }).create
  const both = (days: number) => [row(days), row(days, { id: `m${days}`, channelId: 'mail' })]
  expect(last(before(0, 2.001))).toEqual([])
  expect(last(before(0, 2))).toMatchObject([{ channelId: 'mail', thresholdDays: 0 }])
  expect(last(END).map(({ channelId }) => channelId)).toEqual(['hook', 'mail'])
})

test.each<[string, Partial<PlanFacts>]>([
  ['replaced', { credentials: [credential({ slot: 'previous' })] }],
  ['removed', { credentials: [credential({ removedAt: before(40) })] }],
  ['gone from the list', { credentials: [] }],
  [
    'dated anew',
    { credentials: [credential({ expiryVersion: 2, expiresAt: new Date(END.getTime() + 400 * DAY_MS) })] },
  ],
  ['silenced', { channels: [{ ...hook, enabled: false }] }],
  ['no threshold any more', { thresholdsDays: [60, 0] }],
])('R-16 what is due is cancelled when it is %s', (_, facts) => {
  expect(plan({ now: before(20), stored: [row(60), row(30, { state: 'due' })], ...facts })).toMatchObject({
    create: [],
    cancel: ['r30'],
  })
})

test('a threshold that is added after a later reminder was sent is covered', () => {
  expect(
    plan({ now: before(20), stored: [row(60), row(30)], thresholdsDays: [45, ...THRESHOLDS] }).create,
  ).toMatchObject([{ thresholdDays: 45, state: 'covered' }])
})

test('a threshold that is due but older than a reminder that was sent is covered, after the last one too', () => {
  const covered = (days: number) => [{ thresholdDays: days, state: 'covered' }]
  const due = plan({ now: before(20), stored: [row(60), row(30)], thresholdsDays: [60, 45] })
  expect(due.create).toMatchObject(covered(45))
  const atTheEnd = plan({ now: END, stored: [row(0)], thresholdsDays: [45, 0] })
  expect(atTheEnd.create).toMatchObject(covered(45))
})

test('R-16 a new expiry date and a new channel get their own reminders, whatever others got', () => {
  const sentRows = [row(60), row(30)]
  const dated = plan({ credentials: [credential({ expiryVersion: 2 })], now: before(30), stored: sentRows })
  expect(dated.create).toMatchObject([
    { expiryVersion: 2, thresholdDays: 30, state: 'due' },
    { expiryVersion: 2, thresholdDays: 60, state: 'covered' },
  ])
  const added = plan({ channels: [hook, { ...hook, id: 'new' }], now: before(30), stored: sentRows })
  expect(added.create).toMatchObject([
    { channelId: 'new', thresholdDays: 30, state: 'due' },
    { channelId: 'new', thresholdDays: 60, state: 'covered' },
  ])
})

test('R-16 a mail that waits in the outbox is covered by the next threshold, and cancelled with its credential', () => {
  const stored = [row(60, { state: 'queued' })]
  expect(plan({ now: before(30), stored }).cover).toEqual(['r60'])
  expect(plan({ credentials: [], now: before(30), stored }).cancel).toEqual(['r60'])
})

test('R-16 a refusal gets one reminder, and another only after Entra accepted in between', () => {
  const refused = credential({ expiresAt: null, refusedAt: before(50) })
  expect(plan({ credentials: [refused] }).create).toMatchObject([{ thresholdDays: -1, state: 'due' }])
  const sentRows = [row(-1, { dueAt: before(50) })]
  const daily = credential({ expiresAt: null, refusedAt: before(49) })
  expect(plan({ credentials: [daily], stored: sentRows })).toEqual(NOTHING)
  const onceAccepted = { ...daily, acceptedAt: before(50) }
  expect(plan({ credentials: [onceAccepted], stored: sentRows })).toEqual(NOTHING)
  const repeated = credential({ expiresAt: null, acceptedAt: before(48), refusedAt: before(47) })
  expect(plan({ credentials: [repeated], stored: sentRows }).create).toMatchObject([{ thresholdDays: -2 }])
  expect(plan({ stored: [row(-1, { state: 'due' })] }).cancel).toEqual(['r-1'])
})

test('R-16 a refusal that waits is kept while Entra refuses, and covered by the next one', () => {
  const refused = { expiresAt: null, refusedAt: before(50) }
  const stored = [row(-1, { state: 'sent', dueAt: before(60) }), row(-2, { state: 'due', dueAt: before(50) })]
  expect(plan({ credentials: [credential(refused)], stored })).toEqual(NOTHING)
  const repeated = credential({ ...refused, acceptedAt: before(48), refusedAt: before(47) })
  const { create, cover } = plan({ credentials: [repeated], stored })
  expect(create).toMatchObject([{ thresholdDays: -3, state: 'due' }])
  expect(cover).toEqual(['r-2'])
})

test('R-16 the first refusal gets its reminder after the one at the expiry date too', () => {
  const refused = credential({ refusedAt: new Date(END.getTime() + HOUR_MS) })
  const stored = THRESHOLDS.map((days) => row(days))
  const { create } = plan({ credentials: [refused], now: new Date(END.getTime() + HOUR_MS), stored })
  expect(create).toMatchObject([{ thresholdDays: -1, state: 'due' }])
})

test('R-16 a refusal covers a threshold that is due at the same time or waiting; a later threshold gets its reminder', () => {
  const refused = credential({ refusedAt: before(14) })
  const now = before(14)
  const sentRows = plan({ credentials: [refused], now, stored: [row(60), row(30, { state: 'due' })] })
  expect(sentRows.create.map(({ thresholdDays, state }) => [thresholdDays, state])).toEqual([
    [-1, 'due'],
    [14, 'covered'],
  ])
  expect(sentRows.cover).toEqual(['r30'])
  const stored = [row(60), row(30), row(14, { state: 'covered' }), row(-1, { dueAt: before(14) })]
  expect(plan({ credentials: [refused], now: before(7), stored }).create).toMatchObject([
    { thresholdDays: 7, state: 'due' },
  ])
})

test('R-16 an owner gets the reminders of the credentials that name the address, and no others', () => {
  const owner = { ...mail, id: 'owner', owner: 'finance@contoso.example' }
  const credentials = [credential({ id: 'a', owners: ['finance@contoso.example'] }), credential({ id: 'b' })]
  const keys = plan({ credentials, channels: [hook, owner], now: before(60) }).create.map(
    ({ credentialId, channelId }) => `${credentialId} ${channelId}`,
  )
  expect(keys).toEqual(['a hook', 'a owner', 'b hook'])
  // No longer its owner: what is due there is cancelled.
  const stored = [row(30, { channelId: 'owner', state: 'due' })]
  expect(plan({ channels: [owner], now: before(20), stored }).cancel).toEqual(['r30'])
})

test('R-16 an owner counts for credentials that name the address only, and once if it is also a general channel', () => {
  const owner = { kind: 'mail', enabled: true, reminders: true, ownerOnly: true, address: 'finance@contoso.example' }
  const channels = [{ ...owner, ownerOnly: false, address: 'it@contoso.example' }, owner] as Channel[]
  const general = { ...owner, ownerOnly: false, address: 'Finance@contoso.example' } as Channel
  const owners = ['finance@contoso.example']
  expect([reachOf(channels, { owners: [] }), reachOf(channels, { owners })]).toEqual([1, 2])
  expect(reachOf([...channels, general], { owners })).toBe(2)
})

test('R-16 a prepared credential that Entra never accepted causes no reminder; one that it accepted before does', () => {
  const next = { slot: 'next' as const, expiresAt: null, refusedAt: before(50) }
  expect(plan({ credentials: [credential(next)] })).toEqual(NOTHING)
  expect(plan({ credentials: [credential({ ...next, acceptedAt: before(51) })] }).create).toMatchObject([
    { thresholdDays: -1, state: 'due' },
  ])
})

test('the next threshold is the largest one that has not passed', () => {
  expect(nextThreshold(END, THRESHOLDS, before(61))).toEqual({ thresholdDays: 60, at: before(60) })
  expect(nextThreshold(END, THRESHOLDS, before(60))).toEqual({ thresholdDays: 30, at: before(30) })
  expect(nextThreshold(END, THRESHOLDS, END)).toBeNull()
})

test('R-15 a reminder made while the clock was years ahead is made again when its time comes; an hour makes no difference', () => {
  const all = THRESHOLDS.map((days) => row(days))
  const { takeBack, create } = plan({ now: before(59), stored: all })
  expect(takeBack).toEqual(['r30', 'r14', 'r7', 'r1', 'r0'])
  expect(create).toEqual([])
  expect(plan({ now: before(59), stored: [row(30)] }).create).toMatchObject([{ thresholdDays: 60, state: 'due' }])
  expect(plan({ now: new Date(before(0).getTime() - HOUR_MS), stored: all })).toEqual(NOTHING)
})

test('R-16 after a plan was carried out the next one is empty, and no key occurs twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -3, max: 70 }), { minLength: 1, maxLength: 8 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 90 }), { maxLength: 8 }),
      (days, thresholdsDays) => {
        const stored: StoredReminder[] = []
        for (const left of [...days].sort((a, b) => b - a)) {
          const facts = { now: before(left), thresholdsDays, stored, channels: [hook, mail] }
          const result = plan(facts)
          for (const each of result.create) stored.push({ ...each, id: `${stored.length}` })
          for (const each of stored) if (result.cover.includes(each.id)) each.state = 'covered'
          expect(plan(facts)).toEqual(NOTHING)
          expect(
            result.create.filter(({ state, channelId }) => state === 'due' && channelId === 'hook').length,
          ).toBeLessThan(2)
        }
        const keys = stored.map((each) => `${each.channelId} ${each.thresholdDays}`)
        expect(new Set(keys).size).toBe(keys.length)
      },
    ),
  )
})

test('R-16 a new credential that Entra does not know yet causes no reminder; one that it finally refuses does', () => {
  const now = before(300)
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
  const refused = { slot: 'next', refusedCode: 'secret-invalid', acceptedAt: ago(8) } as const
  const propagating = credential({ ...refused, createdAt: ago(2), acceptedAt: ago(1.5), refusedAt: ago(1) })
  expect(plan({ credentials: [propagating], now }).create).toEqual([])
  const wrong = credential({ ...refused, createdAt: ago(9), refusedAt: ago(3) })
  expect(plan({ credentials: [wrong], now }).create).toMatchObject([{ thresholdDays: -1, state: 'due' }])
})

test('R-16 each stored reminder is looked at a few times, however many credentials and channels there are', () => {
  const credentials = Array.from({ length: 30 }, (_, nth) => credential({ id: `c${nth}` }))
  const channels = Array.from({ length: 5 }, (_, nth) => ({ ...hook, id: `hook${nth}` }))
  const { create } = plan({ credentials, channels, now: END })
  expect(create).toHaveLength(30 * 5 * THRESHOLDS.length)
  let looks = 0
  const stored = create.map((each, nth) => ({
    ...each,
    id: `r${nth}`,
    state: 'sent' as const,
    get credentialId() {
      looks++
      return each.credentialId
    },
  }))
  expect(plan({ credentials, channels, stored, now: END })).toEqual(NOTHING)
  expect(looks).toBeLessThanOrEqual(4 * stored.length)
})
