import { DAY_MS, HOUR_MS } from '../../kernel/time'
import type { Credential } from '../credential'
import { isPropagating, type PropagationFacts } from '../propagation'

/** Mail that tells of the end leaves so long before it: after it, mail may be what no longer works. */
export const LAST_MAIL_AHEAD_MS = 2 * HOUR_MS
/** What was told for a time further ahead than this was told by a clock that ran wrong, and is told again when its time comes. */
export const WRONG_CLOCK_MS = 2 * DAY_MS

export const CHANNEL_KINDS = ['mail', 'webhook', 'teams'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

export const REMINDER_STATES = ['due', 'queued', 'sent', 'covered', 'cancelled', 'failed'] as const
export type ReminderState = (typeof REMINDER_STATES)[number]

/** What a reminder is about. `thresholdDays` below 0 counts refusals by Entra: -1 is the first of this version. */
export interface ReminderKey {
  credentialId: string
  expiryVersion: number
  thresholdDays: number
  channelId: string
}

export interface StoredReminder extends ReminderKey {
  id: string
  state: ReminderState
  dueAt: Date
}

export type WatchedCredential = Pick<
  Credential,
  'id' | 'owners' | 'expiryVersion' | 'expiresAt' | 'acceptedAt' | 'removedAt'
> &
  PropagationFacts

export interface PlannedChannel {
  id: string
  kind: ChannelKind
  enabled: boolean
  /** Address of an owner: it gets the reminders of that owner's credentials only. Null: it gets all. */
  owner: string | null
}

const isFor = ({ owner }: PlannedChannel, { owners }: WatchedCredential): boolean =>
  owner === null || owners.includes(owner)

export interface PlanFacts {
  credentials: readonly WatchedCredential[]
  channels: readonly PlannedChannel[]
  thresholdsDays: readonly number[]
  stored: readonly StoredReminder[]
  now: Date
}

export interface ReminderPlan {
  create: (ReminderKey & { dueAt: Date; state: 'due' | 'covered' })[]
  /** Ids of those that a newer one tells too. */
  cover: string[]
  /** Ids of those that nobody needs to hear any more. */
  cancel: string[]
  /** Ids of those that a wrong clock made. */
  takeBack: string[]
}

/** When a threshold is told; in milliseconds of UTC, so that no zone and no daylight saving moves it. */
export function dueAt(expiresAt: Date, thresholdDays: number, kind: ChannelKind): Date {
  const ahead = thresholdDays === 0 && kind === 'mail' ? LAST_MAIL_AHEAD_MS : thresholdDays * DAY_MS
  return new Date(expiresAt.getTime() - ahead)
}

/** What is told next, and when by whatever needs no mail; null: every threshold has passed. */
export function nextThreshold(
  expiresAt: Date,
  thresholdsDays: readonly number[],
  now: Date,
): { thresholdDays: number; at: Date } | null {
  const coming = thresholdsDays
    .map((thresholdDays) => ({ thresholdDays, at: dueAt(expiresAt, thresholdDays, 'webhook') }))
    .filter(({ at }) => at > now)
  return coming.sort((a, b) => b.thresholdDays - a.thresholdDays)[0] ?? null
}

/** A prepared credential is watched too: it is the one that mail will leave by. */
export const isWatched = ({ slot, removedAt }: Pick<Credential, 'slot' | 'removedAt'>): boolean =>
  removedAt === null && slot !== 'previous'

/**
 * What is to be told now. Of the thresholds that have passed only the newest is told; the ones before it are covered,
 * so that days without a worker end in one message. Pure: the same facts give the same plan, and a plan that was carried out
 * leaves none.
 */
export function planReminders({ credentials, channels, thresholdsDays, stored, now }: PlanFacts): ReminderPlan {
  const watched = new Map(credentials.filter(isWatched).map((credential) => [credential.id, credential]))
  const open = channels.filter(({ enabled }) => enabled)
  const wrong = stored.filter((row) => row.thresholdDays >= 0 && row.dueAt.getTime() - now.getTime() > WRONG_CLOCK_MS)
  const plan: ReminderPlan = { create: [], cover: [], cancel: [], takeBack: wrong.map(({ id }) => id) }
  const kept = stored.filter((row) => !plan.takeBack.includes(row.id))

  const isMoot = (row: StoredReminder): boolean => {
    const credential = watched.get(row.credentialId)
    const channel = open.find(({ id }) => id === row.channelId)
    if (!credential || credential.expiryVersion !== row.expiryVersion || !channel || !isFor(channel, credential))
      return true
    return row.thresholdDays < 0 ? credential.refusedAt === null : !thresholdsDays.includes(row.thresholdDays)
  }
  plan.cancel = kept.filter((row) => isOpen(row) && isMoot(row)).map(({ id }) => id)

  for (const credential of watched.values()) {
    for (const channel of open.filter((each) => isFor(each, credential))) {
      const key = { credentialId: credential.id, expiryVersion: credential.expiryVersion, channelId: channel.id }
      const told = kept.filter((row) => isIn(key, row))
      // A refusal says more than a date that comes near, so it takes the place of the threshold that is due with it.
      const isRefused = !isPropagating(credential, now) && planRefusal(plan, key, credential, told)
      planThresholds(plan, key, credential, channel.kind, { thresholdsDays, told, now, isRefused })
    }
  }
  return plan
}

/** Not told yet; also where its mail waits in the outbox. */
const isOpen = ({ state }: StoredReminder): boolean => state === 'due' || state === 'queued'

type ReminderScope = Omit<ReminderKey, 'thresholdDays'>

const isIn = (scope: ReminderScope, row: StoredReminder): boolean =>
  row.credentialId === scope.credentialId &&
  row.expiryVersion === scope.expiryVersion &&
  row.channelId === scope.channelId

function planThresholds(
  plan: ReminderPlan,
  key: ReminderScope,
  { expiresAt }: WatchedCredential,
  kind: ChannelKind,
  facts: {
    thresholdsDays: readonly number[]
    told: readonly StoredReminder[]
    now: Date
    /** A refusal is told at the same time, which covers the threshold. */
    isRefused: boolean
  },
): void {
  if (expiresAt === null) return
  const { thresholdsDays, told, now, isRefused } = facts
  const passed = thresholdsDays
    .map((thresholdDays) => ({ thresholdDays, dueAt: dueAt(expiresAt, thresholdDays, kind) }))
    .filter((threshold) => threshold.dueAt <= now)
    .sort((a, b) => a.thresholdDays - b.thresholdDays)
  const [newest] = passed
  if (!newest) return
  for (const { thresholdDays, dueAt: at } of passed) {
    const known = told.find((row) => row.thresholdDays === thresholdDays)
    const isNewest = thresholdDays === newest.thresholdDays && !isRefused
    // Whatever was told later covers a threshold that somebody added since.
    const isLate = told.some((row) => row.thresholdDays >= 0 && row.thresholdDays < thresholdDays)
    if (!known) plan.create.push({ ...key, thresholdDays, dueAt: at, state: isNewest && !isLate ? 'due' : 'covered' })
    else if (!isNewest && isOpen(known) && !plan.cancel.includes(known.id)) plan.cover.push(known.id)
  }
}

/** A prepared credential that was never accepted is somebody's unfinished work: mail does not go by it, and nobody is alarmed. */
export const isRefusalNews = ({ slot, acceptedAt }: Pick<Credential, 'slot' | 'acceptedAt'>): boolean =>
  slot !== 'next' || acceptedAt !== null

/**
 * Once for each time that Entra began to refuse it: only an acceptance in between makes the next refusal news.
 *
 * @returns whether it is told now.
 */
function planRefusal(
  plan: ReminderPlan,
  key: ReminderScope,
  { slot, refusedAt, acceptedAt }: WatchedCredential,
  told: readonly StoredReminder[],
): boolean {
  if (refusedAt === null || !isRefusalNews({ slot, acceptedAt })) return false
  const refusals = told.filter(({ thresholdDays }) => thresholdDays < 0)
  const latest = Math.max(...refusals.map((row) => row.dueAt.getTime()))
  if (refusals.length > 0 && (acceptedAt === null || acceptedAt.getTime() <= latest)) return false
  const thresholdDays = Math.min(0, ...refusals.map((row) => row.thresholdDays)) - 1
  plan.create.push({ ...key, thresholdDays, dueAt: refusedAt, state: 'due' })
  plan.cover.push(...refusals.filter(isOpen).map(({ id }) => id))
  return true
}
