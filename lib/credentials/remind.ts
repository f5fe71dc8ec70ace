import type { AuditEntry } from '../audit/entry'
import type { Clock } from '../kernel/clock'
import type { Locale } from '../kernel/locale'
import type { Logger } from '../kernel/log'
import type { Result } from '../kernel/result'
import type { SealedText } from '../kernel/sealing'
import { THE_CLOCK } from './entry'
import type { CredentialsCaller } from './ports'
import {
  type ChannelKind,
  isWatched,
  type PlanFacts,
  planReminders,
  type ReminderPlan,
  type ReminderState,
} from './remind-plan'
import type { CredentialView } from './room'

/** Where reminders go: one recipient. As people see it, so without its address if that is a secret. */
export interface Channel {
  id: string
  kind: ChannelKind
  name: string
  /** Of a mail channel. */
  address: string | null
  /** Of a webhook's or of Teams' secret address. */
  origin: string | null
  locale: Locale
  enabled: boolean
  createdBy: string
  /** Of name, language, key or being on: a change names the one it was made on. */
  updatedAt: Date
  lastSentAt: Date | null
  lastFault: SendFaultNote | null
}

export interface HeldChannel extends Channel {
  sealed: SealedText | null
}

export interface SendFault {
  /** A diagnosis code; or `http-status`, `bad-reply`, `no-server`, `address-unreadable`. */
  code: string
  /** Scrubbed (S-14). */
  evidence: string
  /** The receiver's own wish. */
  retryAfterMs: number | null
}
export interface SendFaultNote {
  code: string
  evidence: string
  at: string
}

/** What is told. `deliveryId` is the same on every try, so that a receiver tells a second copy from a second reminder. */
export interface Notice {
  deliveryId: string
  occasion: 'ends' | 'refused' | 'test'
  at: Date
  /** Null: a trial message. */
  credential: CredentialView | null
  thresholdDays: number | null
}

export type Send = (channel: HeldChannel, notice: Notice, signal: AbortSignal) => Promise<Result<void, SendFault>>

/** One reminder, as the page lists it. */
export interface Reminder {
  id: string
  credentialId: string
  channelId: string
  thresholdDays: number
  state: ReminderState
  dueAt: Date
  attempts: number
  nextTryAt: Date | null
  sentAt: Date | null
  fault: SendFaultNote | null
}

export interface ClaimedReminder {
  id: string
  credentialId: string
  expiryVersion: number
  thresholdDays: number
  deliveryId: string
  /** This try included. */
  attempts: number
  channel: HeldChannel
}

export interface ReminderStore {
  facts(): Promise<Omit<PlanFacts, 'now'>>
  /** Rows are there before anything is sent; one that is being sent is left alone. */
  carryOut(plan: ReminderPlan, now: Date): Promise<void>
  /** Takes the oldest one for `leaseMs`: of several workers one gets it, and after a crash it comes up again. */
  claim(now: Date, wait: { leaseMs: number; pauseMsMax: number }): Promise<ClaimedReminder | null>
  sent(id: string, at: Date, audit: AuditEntry): Promise<void>
  /** `nextTryAt` null: given up. */
  failed(
    id: string,
    failure: { at: Date; fault: SendFault; nextTryAt: Date | null },
    audit: AuditEntry | null,
  ): Promise<void>
  /** Nobody needs to hear it any more. */
  drop(id: string): Promise<void>
  /** What waits for a later try, and what was given up, is due at once. @returns how many. */
  reopen(audit: (count: number) => AuditEntry, at: Date): Promise<number>
  /** Newest first. */
  list(rows: number): Promise<Reminder[]>
}

export interface RemindDeps {
  store: ReminderStore
  clock: Clock
  log: Pick<Logger, 'warn'>
}
export interface SendDeps extends RemindDeps {
  send: Send
  /**
   * A mail goes into the outbox, in one transaction with its reminder's row and this entry; the row is `queued` until the
   * mail server has taken it.
   */
  queueMail(due: ClaimedReminder, notice: Notice, audit: AuditEntry): Promise<Result<void, SendFault>>
  credential(id: string): Promise<CredentialView | null>
}

/** Longer than any try takes. */
const LEASE_MS = 2 * 60_000
const TRY_MS_MAX = 60_000
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** Then every six hours. */
const PAUSES_MS = [1, 5, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * MINUTE_MS)
const PAUSE_MS_MAX = 360 * MINUTE_MS
/** Three days and a half; by then a later reminder has come, or nobody listens there. */
const ATTEMPTS_MAX = 20
/** One turn of the clock sends no more: what is left comes in the next. */
const SENT_AT_ONCE_MAX = 200

/** What has become due is written down. Needs the database alone. */
export async function planNow({ store, clock }: Pick<RemindDeps, 'store' | 'clock'>): Promise<PlanFacts> {
  const now = clock.now()
  const facts = { ...(await store.facts()), now }
  const plan = planReminders(facts)
  if (Object.values(plan).some((part) => part.length > 0)) await store.carryOut(plan, now)
  return facts
}

/** The log's own channel, which nobody has to set up: one line for each threshold and each refusal in a process's life. */
export function createHerald(log: Pick<Logger, 'warn'>): (facts: PlanFacts) => void {
  const said = new Set<string>()
  return (facts) => {
    const lines = planReminders({ ...facts, stored: [], channels: [{ id: 'log', kind: 'webhook', enabled: true }] })
    for (const { credentialId, expiryVersion, thresholdDays, state } of lines.create) {
      const line = `${credentialId} ${expiryVersion} ${thresholdDays}`
      if (state !== 'due' || said.has(line)) continue
      said.add(line)
      const expiresAt = facts.credentials.find(({ id }) => id === credentialId)?.expiresAt
      const daysLeft = expiresAt ? Math.floor((expiresAt.getTime() - facts.now.getTime()) / DAY_MS) : null
      const event = thresholdDays < 0 ? 'credential is refused' : 'credential ends'
      log.warn(event, { subject: `credential:${credentialId}`, daysLeft })
    }
  }
}

/** Sends what is due, one after the other. A receiver that fails is tried again after growing pauses, and holds up no other. */
export async function sendDue(deps: SendDeps): Promise<{ sent: number; failed: number }> {
  const { store, clock } = deps
  const count = { sent: 0, failed: 0, dropped: 0 }
  while (count.sent + count.failed < SENT_AT_ONCE_MAX) {
    const due = await store.claim(clock.now(), { leaseMs: LEASE_MS, pauseMsMax: PAUSE_MS_MAX })
    if (!due) break
    count[await sendOne(deps, due)] += 1
  }
  return { sent: count.sent, failed: count.failed }
}

/** For whoever mended what stood in the way: nothing waits for its pause any more, and what was given up is tried anew. */
export const reopen = ({ store, clock }: Pick<RemindDeps, 'store' | 'clock'>, { actor, origin }: CredentialsCaller) =>
  store.reopen(
    (count) => ({ action: 'reminder.retry', actor, origin, result: 'done', subject: null, details: { count } }),
    clock.now(),
  )

/** What a reminder tells at this time. */
export const noticeOf = (
  { deliveryId, thresholdDays }: Pick<ClaimedReminder, 'deliveryId' | 'thresholdDays'>,
  credential: CredentialView,
  at: Date,
): Notice => ({ deliveryId, occasion: thresholdDays < 0 ? 'refused' : 'ends', at, credential, thresholdDays })

async function sendOne(
  { store, clock, log, send, queueMail, credential: read }: SendDeps,
  due: ClaimedReminder,
): Promise<'sent' | 'failed' | 'dropped'> {
  const credential = await read(due.credentialId)
  // Replaced or dated anew since it was planned: many may have been sent before this one's turn.
  if (!credential || !isWatched(credential) || credential.expiryVersion !== due.expiryVersion) {
    await store.drop(due.id)
    return 'dropped'
  }
  const notice = noticeOf(due, credential, clock.now())
  const byMail = due.channel.kind === 'mail'
  const sent = byMail
    ? await queueMail(due, notice, sendEntry(due, 'done', { queued: true }))
    : await send(due.channel, notice, AbortSignal.timeout(TRY_MS_MAX))
  const at = clock.now()
  if (sent.ok) {
    if (!byMail) await store.sent(due.id, at, sendEntry(due, 'done', {}))
    return 'sent'
  }
  const { code } = sent.error
  const pauseMs = Math.max(PAUSES_MS[due.attempts - 1] ?? PAUSE_MS_MAX, sent.error.retryAfterMs ?? 0)
  const isOver = due.attempts >= ATTEMPTS_MAX
  const nextTryAt = isOver ? null : new Date(at.getTime() + Math.min(pauseMs, PAUSE_MS_MAX))
  log.warn('reminder not sent', { subject: `credential:${due.credentialId}`, code, attempt: due.attempts })
  await store.failed(due.id, { at, fault: sent.error, nextTryAt }, isOver ? sendEntry(due, 'failed', { code }) : null)
  return 'failed'
}

function sendEntry(
  { credentialId, thresholdDays, channel, attempts, deliveryId }: ClaimedReminder,
  result: AuditEntry['result'],
  more: AuditEntry['details'],
): AuditEntry {
  const { kind, id, name } = channel
  const details = { kind, channel: id, name, thresholdDays, attempts, deliveryId, ...more }
  return { action: 'reminder.send', ...THE_CLOCK, result, subject: `credential:${credentialId}`, details }
}
