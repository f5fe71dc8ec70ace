import type { DbDeps, SharedClock } from '../db'
import { bind, DAY_MS, HOUR_MS, type Logger, MINUTE_MS, SECOND_MS, type Vault } from '../kernel'
import { postTo } from '../notifications/post'
import type { StoredChannel } from '../notifications/store/channel-rows'
import { readChannel } from '../notifications/store/channels'
import { signedWebhook } from '../notifications/webhook'
import type { WebhookClient } from '../webhooks/client'
import {
  claimWebhook,
  countEvents,
  dropOldEvents,
  type EventRow,
  eventWebhooks,
  listEvents,
  noteDelivered,
  postponeEvent,
  releaseWebhook,
  removeEvent,
} from './store/message-events'
import { readMessage } from './store/messages'

/** An event that its receiver has not accepted after this time is dropped. */
const KEPT_MS = 3 * DAY_MS
/** Events of one webhook that wait; the oldest of more are dropped. */
const WAITING_MAX = 100_000
/** Posts to one webhook at the same time. They are about different messages. */
const POSTS_MAX = 5
/** Events that are read at a time: more than are under way, so that each reading finds others. */
const ROWS_READ = 25
/** How long one call delivers. */
const TURN_MS = 20 * SECOND_MS
const POST_MS = 20 * SECOND_MS
/** Longer than a turn with its last post. A worker that has ended since is replaced after it. */
const LEASE_MS = MINUTE_MS
const FIRST_PAUSE_MS = 10 * SECOND_MS

export interface MessageEventsDeps extends DbDeps {
  clock: SharedClock
  log: Pick<Logger, 'warn'>
  vault: Vault
  webhooks: WebhookClient
}

/** Events of messages on their way to webhooks. */
export const createMessageEvents = (deps: MessageEventsDeps) => bind(deps, { deliver, waiting })

/** The pause after the n-th failed attempt, from 1: it doubles, up to an hour. */
export const pauseAfter = (attempts: number): number =>
  Math.min(HOUR_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10))

/** Events that wait for a webhook. `until`: when the oldest of them is dropped. */
export interface WaitingEvents {
  count: number
  until: Date
}

/** What waits for each of these webhooks; those that nothing waits for are left out. */
async function waiting({ db }: DbDeps, channelIds: readonly string[]): Promise<ReadonlyMap<string, WaitingEvents>> {
  const counted = await countEvents(db, channelIds)
  return new Map(
    counted.map(({ channelId, count, oldest }) => [channelId, { count, until: new Date(oldest.getTime() + KEPT_MS) }]),
  )
}

/**
 * Delivers what is due, for each message in order.
 *
 * @param stopping ends it after the posts that are under way
 * @returns number of events that were accepted, or that no webhook wants any more
 */
async function deliver(deps: MessageEventsDeps, stopping?: AbortSignal): Promise<number> {
  const { db, clock, log } = deps
  const now = await clock.current()
  const ids = await eventWebhooks(db)
  const dropped = await dropOldEvents(db, new Date(now.getTime() - KEPT_MS), WAITING_MAX)
  if (dropped > 0)
    log.warn('events of messages were dropped, because their webhook does not accept them', { count: dropped })
  const counts = await Promise.all(ids.map((id) => deliverTo(deps, id, stopping)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function deliverTo(deps: MessageEventsDeps, id: string, stopping?: AbortSignal): Promise<number> {
  const { db, clock } = deps
  const now = clock.now()
  const claimedUntil = new Date(now.getTime() + LEASE_MS)
  if (!(await claimWebhook(db, id, now, claimedUntil))) return 0
  let restUntil: Date | null = null
  try {
    const { count, isRefusing } = await deliverInOrder(deps, id, stopping)
    if (isRefusing) restUntil = new Date(clock.now().getTime() + FIRST_PAUSE_MS)
    return count
  } finally {
    await releaseWebhook(db, id, claimedUntil, restUntil)
  }
}

/**
 * Posts begin as others end, so that a slow answer holds up no other message. An event that is not accepted holds back the later ones of its
 * message only. A receiver that takes none of several is asked again after a rest, so that it does not get a post for each message that waits.
 */
async function deliverInOrder(deps: MessageEventsDeps, id: string, stopping?: AbortSignal) {
  const { db, clock } = deps
  const untilMs = clock.monotonicMs() + TURN_MS
  /** By message. One stays here until its end is counted, because events that are read before that may still contain it. */
  const posts = new Map<string, Promise<EventRow & { isDone: boolean }>>()
  let due: EventRow[] = []
  let [count, refusedInRow] = [0, 0]
  const begin = async () => {
    const free = POSTS_MAX - refusedInRow - posts.size
    if (free <= 0 || clock.monotonicMs() > untilMs || stopping?.aborted) return
    // The webhook may have been switched off, changed or removed since the last post.
    const channel = await readChannel(db, id)
    if (!channel?.enabled) return
    if (due.length === 0)
      due = (await listEvents(db, id, clock.now(), ROWS_READ)).filter(({ messageId }) => !posts.has(messageId))
    for (const event of due.splice(0, free)) {
      const post = deliverOne(deps, channel, event).then((isDone) => ({ ...event, isDone }))
      posts.set(event.messageId, post)
    }
  }
  try {
    for (await begin(); posts.size > 0; await begin()) {
      const { messageId, isDone } = await Promise.race(posts.values())
      posts.delete(messageId)
      if (isDone) count++
      refusedInRow = isDone ? 0 : refusedInRow + 1
    }
  } finally {
    await Promise.allSettled(posts.values())
  }
  return { count, isRefusing: refusedInRow >= (count > 0 ? POSTS_MAX : 1) }
}

/** @returns false if the receiver did not accept the event, which is posted again later */
async function deliverOne(deps: MessageEventsDeps, channel: StoredChannel, event: EventRow): Promise<boolean> {
  const { db, clock } = deps
  const message = await readMessage(db, channel.messageClientId, event.messageId)
  if (!message || !channel.messageEvents.some((kind) => kind === event.event)) {
    await removeEvent(db, event.id)
    return true
  }
  // A restore puts the numbers back, so the time makes it unique.
  const deliveryId = `message-${event.id}-${event.at.getTime()}`
  const body = JSON.stringify({ type: `message.${event.event}`, deliveryId, at: event.at.toISOString(), message })
  const sent = await postTo(deps, channel, AbortSignal.timeout(POST_MS), (to) =>
    signedWebhook({ ...to, deliveryId, body }),
  )
  if (sent.ok) {
    await noteDelivered(db, event.id, channel.id, clock.now())
    return true
  }
  const fault = sent.error
  const pauseMs = Math.max(pauseAfter(event.attempts + 1), Math.min(fault.retryAfterMs ?? 0, 10 * MINUTE_MS))
  const at = clock.now()
  await postponeEvent(db, event.id, channel.id, { nextAttemptAt: new Date(at.getTime() + pauseMs), fault, at })
  return false
}
