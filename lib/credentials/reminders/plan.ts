import { DAY_MS, groupBy, HOUR_MS } from '../../kernel'
import type { ChannelKind, NotificationState } from '../../notifications/kinds'
import { type Channel, getsReminders, kindOf } from '../../notifications/store/channel-rows'
import { isPropagating, type PropagationFacts } from '../propagation'
import type { Credential } from '../store/credentials'

/** The mail about the expiry itself is sent that long before it, because mail may no longer work afterwards. */
export const LAST_MAIL_AHEAD_MS = 2 * HOUR_MS
/** A reminder for a time further ahead than this was made by a clock that was wrong. It is made again when its time comes. */
export const WRONG_CLOCK_MS = 2 * DAY_MS

/** The credential, or the client with the API key, that a reminder is about: one of the two. */
export interface Subject {
  credentialId: string | null
  clientId: string | null
}

/** The id of a credential or of a client. They are UUIDs, so one list can contain both. */
export const idOf = ({ credentialId, clientId }: Subject): string | null => credentialId ?? clientId

/** What a reminder is about. `thresholdDays` below 0 counts refusals by Entra: -1 is the first for this expiry date. */
export interface ReminderKey extends Subject {
  expiryVersion: number
  thresholdDays: number
  channelId: string
}

export interface StoredReminder extends ReminderKey {
  id: string
  state: NotificationState
  dueAt: Date
}

export type WatchedCredential = Pick<
  Credential,
  'id' | 'owners' | 'expiryVersion' | 'expiresAt' | 'acceptedAt' | 'removedAt'
> &
  PropagationFacts

export type PlannedChannel = ReturnType<typeof plannedChannels>[number]
/** An owner whose address is also a general channel gets each reminder once, through that channel. */
export function plannedChannels(
  channels: readonly (Pick<Channel, 'id' | 'enabled' | 'reminders' | 'address' | 'ownerOnly'> & { kind: string })[],
) {
  const general = new Set(
    channels.flatMap((channel) => (channel.ownerOnly || !channel.enabled ? [] : lowered(channel.address))),
  )
  return channels.map(({ id, kind, address, ownerOnly, ...channel }) => ({
    id,
    kind: kindOf(kind),
    enabled: getsReminders(channel) && !(ownerOnly && lowered(address).some((each) => general.has(each))),
    /** Whose credentials alone it gets reminders of; null if it gets all. */
    owner: ownerOnly ? (address ?? '') : null,
  }))
}

const lowered = (address: string | null): string[] => (address === null ? [] : [address.toLowerCase()])

const isFor = ({ owner }: PlannedChannel, { owners }: Pick<WatchedCredential, 'owners'>): boolean =>
  owner === null || owners.includes(owner)

/** To how many of `channels` a reminder of a credential would go now. */
export const reachOf = (channels: readonly Channel[], credential: Pick<WatchedCredential, 'owners'>): number =>
  reachAmong(plannedChannels(channels), credential)

/** The same for many credentials. */
export const reachAmong = (planned: readonly PlannedChannel[], credential: Pick<WatchedCredential, 'owners'>): number =>
  planned.filter((channel) => channel.enabled && isFor(channel, credential)).length

export interface PlanFacts {
  credentials: readonly WatchedCredential[]
  channels: readonly PlannedChannel[]
  thresholdsDays: readonly number[]
  stored: readonly StoredReminder[]
  /** Ids of API keys that have every reminder of `dueCount`, none of them open: nothing is new about them, and `stored` lacks theirs. */
  complete?: ReadonlySet<string>
  now: Date
}

export interface ReminderPlan {
  create: (ReminderKey & { dueAt: Date; state: 'due' | 'covered' })[]
  /** Ids of reminders that a newer one makes unnecessary. */
  cover: string[]
  /** Ids of reminders that are no longer relevant. */
  cancel: string[]
  /** Ids of reminders that were made while the clock was wrong. */
  takeBack: string[]
}

/** When the reminder of a threshold is due, in milliseconds of UTC, so that no time zone and no daylight saving moves it. */
export function dueAt(expiresAt: Date, thresholdDays: number, kind: ChannelKind): Date {
  const ahead = thresholdDays === 0 && kind === 'mail' ? LAST_MAIL_AHEAD_MS : thresholdDays * DAY_MS
  return new Date(expiresAt.getTime() - ahead)
}

/** The next threshold, and when channels other than mail are notified. Null if every threshold has passed. */
export function nextThreshold(expiresAt: Date, thresholdsDays: readonly number[], now: Date) {
  const coming = thresholdsDays
    .map((thresholdDays) => ({ thresholdDays, at: dueAt(expiresAt, thresholdDays, 'webhook') }))
    .filter(({ at }) => at > now)
  return coming.sort((a, b) => b.thresholdDays - a.thresholdDays)[0] ?? null
}

/** A prepared credential is watched too, because mail will use it. */
export const isWatched = ({ slot, removedAt }: Pick<Credential, 'slot' | 'removedAt'>): boolean =>
  removedAt === null && slot !== 'previous'

/**
 * Plans the reminders that are due now. Of the thresholds that have passed, only the newest gets a reminder and covers the ones
 * before it, so that days without a worker lead to one message. Pure: the same facts give the same plan, and after a plan was carried
 * out the next one is empty.
 */
export function planReminders(facts: PlanFacts): ReminderPlan {
  const { credentials, channels, thresholdsDays, stored, complete, now } = facts
  const watched = new Map(credentials.filter(isWatched).map((credential) => [credential.id, credential]))
  const enabled = channels.filter((channel) => channel.enabled)
  const isWrong = ({ thresholdDays, dueAt: at }: StoredReminder): boolean =>
    thresholdDays >= 0 && at.getTime() - now.getTime() > WRONG_CLOCK_MS
  const takeBack = stored.filter(isWrong).map(({ id }) => id)
  const plan: ReminderPlan = { create: [], cover: [], cancel: [], takeBack }
  const valid = stored.filter((row) => !isWrong(row))
  // Found by their credential: with a thousand credentials, reading all of them for each takes minutes.
  const known = groupBy(valid, idOf)

  const isMoot = (row: StoredReminder): boolean => {
    const credential = watched.get(idOf(row) ?? '')
    const channel = enabled.find(({ id }) => id === row.channelId)
    if (!credential || credential.expiryVersion !== row.expiryVersion || !channel || !isFor(channel, credential))
      return true
    return row.thresholdDays < 0 ? credential.refusedAt === null : !thresholdsDays.includes(row.thresholdDays)
  }
  plan.cancel = valid.filter((row) => isOpen(row) && isMoot(row)).map(({ id }) => id)

  for (const credential of watched.values()) {
    if (complete?.has(credential.id)) continue
    for (const channel of enabled.filter((each) => isFor(each, credential))) {
      const scope = { ...subjectOf(credential), expiryVersion: credential.expiryVersion, channelId: channel.id }
      const existing = (known.get(credential.id) ?? []).filter((row) => isIn(scope, row))
      const { create, cover } = planAt(channel, credential, existing, facts)
      plan.create.push(...create.map((reminder) => ({ ...scope, ...reminder })))
      plan.cover.push(...cover.map(({ id }) => id))
    }
  }
  return plan
}

/** @param existing the reminders of this credential's expiry date at this channel */
function planAt(
  channel: PlannedChannel,
  credential: WatchedCredential,
  existing: readonly StoredReminder[],
  { thresholdsDays, now }: Pick<PlanFacts, 'thresholdsDays' | 'now'>,
) {
  const create: Pick<ReminderPlan['create'][number], 'thresholdDays' | 'dueAt' | 'state'>[] = []
  const cover: StoredReminder[] = []
  const refusal = isPropagating(credential, now) ? null : newRefusal(credential, existing)
  if (refusal) {
    create.push({ ...refusal, state: 'due' })
    cover.push(...existing.filter((row) => row.thresholdDays < 0 && isOpen(row)))
  }
  const passed = passedOf(credential.expiresAt, thresholdsDays, channel.kind, now)
  // A refusal is more urgent than an expiry date, so its reminder covers the threshold that is due at the same time.
  const newest = refusal ? null : passed[0]
  for (const threshold of passed) {
    const before = existing.find(({ thresholdDays }) => thresholdDays === threshold.thresholdDays)
    // A later reminder covers a threshold that was added since.
    const isLate = existing.some(({ thresholdDays: days }) => days >= 0 && days < threshold.thresholdDays)
    if (!before) create.push({ ...threshold, state: threshold === newest && !isLate ? 'due' : 'covered' })
    else if (threshold !== newest && isOpen(before)) cover.push(before)
  }
  return { create, cover }
}

/** Not sent yet; its mail may be waiting in the outbox. */
const isOpen = ({ state }: StoredReminder): boolean => state === 'due' || state === 'queued'

const subjectOf = ({ kind, id }: WatchedCredential): Subject =>
  kind === 'api-key' ? { credentialId: null, clientId: id } : { credentialId: id, clientId: null }

const isIn = (scope: Omit<ReminderKey, 'thresholdDays'>, row: StoredReminder): boolean =>
  row.expiryVersion === scope.expiryVersion && row.channelId === scope.channelId

/** How many reminders of its date there are by now for a credential, one for each threshold that has passed and each channel. */
export function dueCount(
  credential: Pick<WatchedCredential, 'expiresAt' | 'owners'>,
  { channels, thresholdsDays, now }: Pick<PlanFacts, 'channels' | 'thresholdsDays' | 'now'>,
): number {
  const passed = (kind: ChannelKind) => passedOf(credential.expiresAt, thresholdsDays, kind, now).length
  const [ofMail, ofOther] = [passed('mail'), passed('webhook')]
  return channels
    .filter((channel) => channel.enabled && isFor(channel, credential))
    .reduce((sum, { kind }) => sum + (kind === 'mail' ? ofMail : ofOther), 0)
}

/** The thresholds whose time has come, the newest first. */
const passedOf = (expiresAt: Date | null, thresholdsDays: readonly number[], kind: ChannelKind, now: Date) =>
  (expiresAt ? thresholdsDays : [])
    .map((thresholdDays) => ({ thresholdDays, dueAt: dueAt(expiresAt ?? now, thresholdDays, kind) }))
    .filter((threshold) => threshold.dueAt <= now)
    .sort((a, b) => a.thresholdDays - b.thresholdDays)

/** A prepared credential that was never accepted is unfinished work: mail does not use it, so its refusal alarms no one. */
export const isRefusalNews = ({ slot, acceptedAt }: Pick<Credential, 'slot' | 'acceptedAt'>): boolean =>
  slot !== 'next' || acceptedAt !== null

/** One reminder each time Entra begins to refuse the credential: only after an acceptance is the next refusal news. Null if none is due. */
function newRefusal({ slot, refusedAt, acceptedAt }: WatchedCredential, existing: readonly StoredReminder[]) {
  if (refusedAt === null || !isRefusalNews({ slot, acceptedAt })) return null
  const refusals = existing.filter(({ thresholdDays }) => thresholdDays < 0)
  const latest = Math.max(...refusals.map((row) => row.dueAt.getTime()))
  if (refusals.length > 0 && (acceptedAt === null || acceptedAt.getTime() <= latest)) return null
  return { thresholdDays: Math.min(0, ...refusals.map((row) => row.thresholdDays)) - 1, dueAt: refusedAt }
}
