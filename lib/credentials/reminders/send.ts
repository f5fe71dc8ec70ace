import type { AuditEntry } from '../../audit/entry'
import type { Locale } from '../../i18n/locale'
import type { Caller } from '../../kernel/actor'
import { SYSTEM_CALLER } from '../../kernel/actor'
import { calendarDays } from '../../kernel/calendar-days'
import type { Clock } from '../../kernel/clock'
import type { Logger } from '../../kernel/log'
import type { Result } from '../../kernel/result'
import type { SealedText } from '../../kernel/sealing'
import { MINUTE_MS } from '../../kernel/time'

import type { CredentialView } from '../deps'

import {
  type ChannelKind,
  isWatched,
  type PlanFacts,
  planReminders,
  type ReminderPlan,
  type ReminderState,
} from './plan'

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
  /** It belongs to an owner of credentials and gets the reminders of those alone. It comes and goes with the owner's name. */
  ownerOnly: boolean
  createdBy: string
  /** Of name, language, key or being on: a change names the one it was made on. */
  updatedAt: Date
  lastSentAt: Date | null
  lastFault: SendFaultNote | null
}

export interface StoredChannel extends Channel {
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
  occasion: 'ends' | 'refused' | 'test' | 'digest'
  at: Date
  /** Null: a trial message, or a digest. */
  credential: CredentialView | null
  thresholdDays: number | null
  /** Of a digest: the reminders that were due together, what expires first in front. */
  digest?: readonly NoticeItem[]
}

/** One reminder of a digest. */
export interface NoticeItem {
  occasion: 'ends' | 'refused'
  credential: CredentialView
  thresholdDays: number
}

export type Send = (channel: StoredChannel, notice: Notice, signal: AbortSignal) => Promise<Result<void, SendFault>>

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
  channel: StoredChannel
}

export interface ReminderStore {
  facts(): Promise<Omit<PlanFacts, 'now'>>
  /** Rows are there before anything is sent; one that is being sent is left alone. */
  carryOut(plan: ReminderPlan, now: Date): Promise<void>
  /**
   * Takes the oldest one for `leaseMs`, and what is due for the same channel with it: of several workers one gets them, and after a
   * crash they come up again together. They share their delivery id. Empty: nothing is due.
   */
  claim(now: Date, wait: { leaseMs: number; pauseMsMax: number; rowsMax: number }): Promise<ClaimedReminder[]>
  sent(ids: readonly string[], at: Date, audits: readonly AuditEntry[]): Promise<void>
  /** `nextTryAt` null: given up. */
  failed(
    ids: readonly string[],
    failure: { at: Date; fault: SendFault; nextTryAt: Date | null },
    audits: readonly AuditEntry[],
  ): Promise<void>
  /** Nobody needs to hear them any more. */
  drop(ids: readonly string[]): Promise<void>
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
   * A mail goes into the outbox, in one transaction with its reminders' rows and these entries (R-14); the rows are `queued` until
   * the mail server has taken it.
   */
  queueMail(
    due: readonly ClaimedReminder[],
    notice: Notice,
    audits: readonly AuditEntry[],
  ): Promise<Result<void, SendFault>>
  credentials(): Promise<readonly CredentialView[]>
}

/** Longer than any try takes. */
const LEASE_MS = 2 * 60_000
const TRY_MS_MAX = 60_000
/** Then every six hours. */
const PAUSES_MS = [1, 5, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * MINUTE_MS)
const PAUSE_MS_MAX = 360 * MINUTE_MS
/** Three days and a half; by then a later reminder has come, or nobody listens there. */
const ATTEMPTS_MAX = 20
/** One turn of the clock sends no more notices: what is left comes in the next. */
const SENT_AT_ONCE_MAX = 200
/** Reminders in one notice. */
const DIGEST_ROWS_MAX = 500

/** What has become due is written down. Needs the database alone. */
export async function planNow({ store, clock }: Pick<RemindDeps, 'store' | 'clock'>): Promise<PlanFacts> {
  const now = clock.now()
  const facts = { ...(await store.facts()), now }
  const plan = planReminders(facts)
  if (Object.values(plan).some((part) => part.length > 0)) await store.carryOut(plan, now)
  return facts
}

const LOG_CHANNEL = { id: 'log', kind: 'webhook', enabled: true, owner: null } as const

/** The log's own channel, which nobody has to set up: one line for each threshold and each refusal in a process's life. */
export function createLogNotifier(log: Pick<Logger, 'warn'>): (facts: PlanFacts) => void {
  const said = new Set<string>()
  return (facts) => {
    const lines = planReminders({ ...facts, stored: [], channels: [LOG_CHANNEL] })
    for (const { credentialId, expiryVersion, thresholdDays, state } of lines.create) {
      const line = `${credentialId} ${expiryVersion} ${thresholdDays}`
      if (state !== 'due' || said.has(line)) continue
      said.add(line)
      const expiresAt = facts.credentials.find(({ id }) => id === credentialId)?.expiresAt
      const daysLeft = expiresAt ? calendarDays(facts.now, expiresAt) : null
      const event = thresholdDays < 0 ? 'credential is refused' : 'credential ends'
      log.warn(event, { subject: `credential:${credentialId}`, daysLeft })
    }
  }
}

/**
 * Sends what is due, one notice after the other: what is due for one recipient at once goes in one. A receiver that fails is tried
 * again after growing pauses, and holds up no other.
 *
 * @returns how many reminders were sent, and how many failed.
 */
export async function sendDue(deps: SendDeps): Promise<{ sent: number; failed: number }> {
  const { store, clock } = deps
  const count = { sent: 0, failed: 0 }
  const wait = { leaseMs: LEASE_MS, pauseMsMax: PAUSE_MS_MAX, rowsMax: DIGEST_ROWS_MAX }
  for (let notices = 0; notices < SENT_AT_ONCE_MAX; notices++) {
    const due = await store.claim(clock.now(), wait)
    if (due.length === 0) break
    const { state, rows } = await sendOne(deps, due)
    count[state] += rows
  }
  return count
}

/** For whoever mended what stood in the way: nothing waits for its pause any more, and what was given up is tried anew. */
export const reopen = ({ store, clock }: Pick<RemindDeps, 'store' | 'clock'>, { actor, origin }: Caller) =>
  store.reopen(
    (count) => ({ action: 'reminder.retry', actor, origin, result: 'done', subject: null, details: { count } }),
    clock.now(),
  )

type Due = Pick<ClaimedReminder, 'deliveryId' | 'thresholdDays' | 'credentialId'>

const itemOf = ({ thresholdDays }: Due, credential: CredentialView): NoticeItem => ({
  occasion: thresholdDays < 0 ? 'refused' : 'ends',
  credential,
  thresholdDays,
})

/** What reminders of one delivery tell at this time: one by itself, several as a digest. Null: their credentials are gone. */
export function noticeOf(due: readonly Due[], credentials: readonly CredentialView[], at: Date): Notice | null {
  const items = due.flatMap((each) => {
    const credential = credentials.find(({ id }) => id === each.credentialId)
    return credential ? [itemOf(each, credential)] : []
  })
  const [first] = items
  const deliveryId = due[0]?.deliveryId
  if (!first || deliveryId === undefined) return null
  if (items.length === 1) return { ...first, deliveryId, at }
  const endMs = ({ credential }: NoticeItem) => credential.expiresAt?.getTime() ?? 0
  const digest = items.sort((a, b) => endMs(a) - endMs(b))
  return { deliveryId, occasion: 'digest', at, credential: null, thresholdDays: null, digest }
}

/** @param claimed of one channel, with one delivery id. */
async function sendOne(
  { store, clock, log, send, queueMail, credentials: read }: SendDeps,
  claimed: readonly ClaimedReminder[],
): Promise<{ state: 'sent' | 'failed'; rows: number }> {
  const credentials = await read()
  // Replaced or given a new date since it was planned: many may have been sent before this one's turn.
  const isStale = ({ credentialId, expiryVersion }: ClaimedReminder): boolean => {
    const credential = credentials.find(({ id }) => id === credentialId)
    return !credential || !isWatched(credential) || credential.expiryVersion !== expiryVersion
  }
  const stale = claimed.filter(isStale)
  if (stale.length > 0) await store.drop(stale.map(({ id }) => id))
  const due = claimed.filter((each) => !isStale(each))
  const [first] = due
  const notice = noticeOf(due, credentials, clock.now())
  if (!first || !notice) return { state: 'sent', rows: 0 }
  const { channel, attempts } = first
  const ids = due.map(({ id }) => id)
  const rows = due.length
  const entries = (result: AuditEntry['result'], more: AuditEntry['details']) =>
    due.map((each) => sendEntry(each, result, more))
  const byMail = channel.kind === 'mail'
  const sent = byMail
    ? await queueMail(due, notice, entries('done', { queued: true }))
    : await send(channel, notice, AbortSignal.timeout(TRY_MS_MAX))
  const at = clock.now()
  if (sent.ok) {
    if (!byMail) await store.sent(ids, at, entries('done', {}))
    return { state: 'sent', rows }
  }
  const { code } = sent.error
  const pauseMs = Math.max(PAUSES_MS[attempts - 1] ?? PAUSE_MS_MAX, sent.error.retryAfterMs ?? 0)
  const isOver = attempts >= ATTEMPTS_MAX
  const nextTryAt = isOver ? null : new Date(at.getTime() + Math.min(pauseMs, PAUSE_MS_MAX))
  for (const { credentialId } of due)
    log.warn('reminder not sent', { subject: `credential:${credentialId}`, code, attempt: attempts })
  await store.failed(ids, { at, fault: sent.error, nextTryAt }, isOver ? entries('failed', { code }) : [])
  return { state: 'failed', rows }
}

function sendEntry(
  { credentialId, thresholdDays, channel, attempts, deliveryId }: ClaimedReminder,
  result: AuditEntry['result'],
  more: AuditEntry['details'],
): AuditEntry {
  const { kind, id, name } = channel
  const details = { kind, channel: id, name, thresholdDays, attempts, deliveryId, ...more }
  return { action: 'reminder.send', ...SYSTEM_CALLER, result, subject: `credential:${credentialId}`, details }
}
