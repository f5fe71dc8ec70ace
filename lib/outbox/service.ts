import type { AuditEntry } from '../audit/entry'
import type { Caller } from '../kernel/actor'
import { actorName } from '../kernel/actor'
import type { Clock } from '../kernel/clock'
import type { Result } from '../kernel/result'
import { DAY_MS } from '../kernel/time'
import type { DeliveryNow } from '../mail-server/store/pauses'
import { GIVE_UP_MS } from './accept'
import type { MessageState } from './message'
import type {
  MailboxUse,
  MessageChange,
  MessageCounts,
  MessageDetail,
  MessageFilter,
  MessageRow,
  OutboxStore,
  Unconfirmed,
} from './ports'
import type { Retention, StoredRetention } from './retention'
import { type RetentionFault, saveRetention } from './save-retention'
import { type Traffic, trafficOf, trafficSince } from './traffic'

/** Messages that one call changes; whoever has more calls again. */
export const CHANGED_AT_ONCE_MAX = 10_000
/** Failed ones are counted so far: "1,000 and more" says enough. */
export const COUNTED_MAX = 1_000
/** An answer that takes longer is worth a word on the pages. */
export const UNCONFIRMED_AFTER_MS = 30_000
/** The Overview page shows 30 days of counters, and a mailbox's day is counted by them, however short messages are kept. */
const COUNTERS_DAYS_MIN = 31
const REMOVED_AT_ONCE = 2_000
/** In one run of the clock, each hour: more than any hour brings. */
const REMOVALS_MAX = 2_000

/** Chosen one by one, or all that are in a state. */
export type Chosen = { ids: readonly string[] } | { state: MessageState }

/** What pages and command line do with the outbox. Each change and its audit row are one transaction (U-04). */
export interface OutboxService {
  /** Newest first; `before`: the id of the last row of the page before. */
  list(filter: MessageFilter, page: { before: string | null; rows: number }): Promise<MessageRow[]>
  message(id: string): Promise<MessageDetail | null>
  /** `failed` counts up to `COUNTED_MAX`. */
  counts(): Promise<MessageCounts>
  /** Messages that wait for the answer of their mail server longer than usual. */
  unconfirmed(): Promise<Unconfirmed>
  /** Each tells how many it changed: what is on the wire, or past it, stays as it is. */
  hold(caller: Caller, chosen: Chosen): Promise<number>
  release(caller: Caller, chosen: Chosen): Promise<number>
  /** Its bytes go with it. */
  cancel(caller: Caller, chosen: Chosen): Promise<number>
  /** To the recipients that did not get it; without its bytes it cannot be. */
  resend(caller: Caller, chosen: Chosen): Promise<number>
  /** Waiting ones are tried at once, before all else, whatever their next try would have been; a person's pause holds. */
  tryNow(caller: Caller, chosen: Chosen): Promise<number>
  /** Of each mail server, the default one first. */
  delivery(): Promise<DeliveryNow[]>
  /** The last 24 hours and 30 days. */
  traffic(): Promise<Traffic>
  /** Of the busiest mailboxes at servers that count. */
  mailboxUse(): Promise<MailboxUse[]>
  /** False: a person paused it already. */
  pauseServer(caller: Caller, mailServerId: string): Promise<boolean>
  /** False: it is not paused. */
  resumeServer(caller: Caller, mailServerId: string): Promise<boolean>
  retention(): Promise<StoredRetention>
  saveRetention(
    caller: Caller,
    wanted: Retention & { version: number },
  ): Promise<Result<{ version: number }, RetentionFault>>
  /** For the clock: what retention says is removed. */
  removeOld(): Promise<number>
}

export function createOutboxService({
  store,
  clock,
}: {
  store: Pick<
    OutboxStore,
    | 'list'
    | 'message'
    | 'counts'
    | 'unconfirmed'
    | 'change'
    | 'delivery'
    | 'traffic'
    | 'mailboxUse'
    | 'pause'
    | 'resume'
    | 'wake'
    | 'retention'
    | 'saveRetention'
    | 'removeOld'
  >
  clock: Clock
}): OutboxService {
  const change =
    (to: MessageChange['to'], action: AuditEntry['action']) =>
    async ({ actor, origin }: Caller, chosen: Chosen): Promise<number> => {
      const expiresAt = new Date(clock.now().getTime() + GIVE_UP_MS)
      const which =
        'ids' in chosen ? { ids: chosen.ids.slice(0, CHANGED_AT_ONCE_MAX) } : { ...chosen, rows: CHANGED_AT_ONCE_MAX }
      const [only] = 'ids' in chosen && chosen.ids.length === 1 ? chosen.ids : []
      const subject = only === undefined ? null : `message:${only}`
      const state = 'state' in chosen ? chosen.state : null
      const count = await store.change({ to, which, expiresAt }, (changed) => ({
        action,
        actor,
        origin,
        result: 'done',
        subject,
        details: { count: changed, ...(state && { state }) },
      }))
      if (count > 0 && to !== 'held' && to !== 'cancelled') await store.wake()
      return count
    }

  const entry = (action: AuditEntry['action'], { actor, origin }: Caller, id: string): AuditEntry => ({
    action,
    actor,
    origin,
    result: 'done',
    subject: `mail-server:${id}`,
    details: { by: 'person' },
  })

  return {
    list: (filter, page) => store.list(filter, page),
    message: (id) => store.message(id),
    counts: () => store.counts(COUNTED_MAX),
    unconfirmed: () => store.unconfirmed(new Date(clock.now().getTime() - UNCONFIRMED_AFTER_MS)),
    hold: change('held', 'message.hold'),
    release: change('released', 'message.release'),
    cancel: change('cancelled', 'message.cancel'),
    resend: change('resent', 'message.resend'),
    tryNow: change('hurried', 'message.try-now'),
    delivery: () => store.delivery(),
    async traffic() {
      const now = clock.now()
      return trafficOf(await store.traffic(trafficSince(now)), now)
    },
    mailboxUse: () => store.mailboxUse(),
    pauseServer: (caller, id) =>
      store.pause(
        id,
        { by: actorName(caller.actor), code: null, evidence: null, version: null, nextProbeAt: null, isOwn: false },
        entry('mail-server.pause', caller, id),
      ),
    async resumeServer(caller, id) {
      const resumed = await store.resume(id, 'person', entry('mail-server.resume', caller, id))
      if (resumed) await store.wake()
      return resumed
    },
    retention: () => store.retention(),
    saveRetention: (caller, wanted) => saveRetention(store, caller, wanted),
    async removeOld() {
      const { messageDays, failedBodyDays } = await store.retention()
      const before = (days: number) => new Date(clock.now().getTime() - days * DAY_MS)
      const limits = {
        failedBodiesBefore: before(failedBodyDays),
        messagesBefore: before(messageDays),
        countersBefore: before(Math.max(messageDays, COUNTERS_DAYS_MIN)),
      }
      let removed = 0
      for (let turn = 0; turn < REMOVALS_MAX; turn++) {
        const count = await store.removeOld({ ...limits, rows: REMOVED_AT_ONCE })
        removed += count
        if (count === 0) break
      }
      return removed
    },
  }
}
