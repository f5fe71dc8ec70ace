import { type AuditEntry, auditEntry } from '../../audit'
import type { DbDeps } from '../../db'
import { calendarDays, HOUR_MS, type Logger, MINUTE_MS, type Result, SYSTEM_CALLER } from '../../kernel'
import type { ClaimedReminder } from '../store/reminder-mails'
import { applyPlan, claimReminders, dropReminders, readPlanFacts, saveFailure, saveSent } from '../store/reminders'
import type { ExpiringView } from '../views'
import type { ReminderDeps } from './deps'
import { type Notice, noticeOf, type Send, type SendFault } from './notice'
import { idOf, isWatched, type PlanFacts, planReminders } from './plan'

/** What sending needs; how a notice reaches its recipient is in `deliver.ts`. */
export interface SendDeps extends Pick<ReminderDeps, 'db' | 'clock' | 'log' | 'otherNotice'> {
  send: Send
  /** The rows are `queued` until the mail server has accepted the mail. */
  queueMail(
    due: readonly ClaimedReminder[],
    notice: Notice,
    audits: readonly AuditEntry[],
  ): Promise<Result<void, SendFault>>
  /** Credentials and API keys. */
  credentials(): Promise<readonly ExpiringView[]>
}

/** Longer than any attempt takes. */
const LEASE_MS = 2 * MINUTE_MS
const ATTEMPT_MS_MAX = MINUTE_MS
/** After these pauses an attempt is made every six hours. */
const PAUSES_MS = [1, 5, 15, 30, 60, 120, 240, 360].map((minutes) => minutes * MINUTE_MS)
const PAUSE_MS_MAX = 6 * HOUR_MS
/** They take about three days. By then a later reminder is due, or the recipient does not exist any more. */
const ATTEMPTS_MAX = 20
/** Bounds one turn of the worker; the rest is sent in the next turn. */
const NOTICES_MAX = 200
/** Reminders in one notice. */
const DIGEST_ROWS_MAX = 500

/** Stores the reminders that have become due. It needs nothing but the database. */
export async function planNow({ db, clock }: DbDeps): Promise<PlanFacts> {
  const now = clock.now()
  const facts = { ...(await readPlanFacts(db)), now }
  const plan = planReminders(facts)
  if (Object.values(plan).some((part) => part.length > 0)) await applyPlan(db, plan, now)
  return facts
}

const LOG_CHANNEL = { id: 'log', kind: 'webhook', enabled: true, owner: null } as const

/** The log as a channel that needs no set-up: one line for each threshold and each refusal in the life of a process. */
export function createLogNotifier(log: Pick<Logger, 'warn'>): (facts: PlanFacts) => void {
  const logged = new Set<string>()
  return (facts) => {
    const lines = planReminders({ ...facts, stored: [], channels: [LOG_CHANNEL] })
    for (const { expiryVersion, thresholdDays, state, ...about } of lines.create) {
      const id = idOf(about)
      const line = `${id} ${expiryVersion} ${thresholdDays}`
      if (state !== 'due' || logged.has(line)) continue
      logged.add(line)
      const expiresAt = facts.credentials.find((each) => each.id === id)?.expiresAt
      const daysLeft = expiresAt ? calendarDays(facts.now, expiresAt) : null
      const event = thresholdDays < 0 ? 'credential rejected' : 'credential expires'
      log.warn(event, { subject: subjectOf({ ...about, alertId: null }), daysLeft })
    }
  }
}

/**
 * Sends what is due, one notice after the other. What is due for one recipient at the same time is sent as one notice. A receiver that
 * fails is retried after growing pauses, and gets nothing else in this turn, so that it delays no other receiver by more than one attempt.
 *
 * @returns how many reminders were sent, and how many failed
 */
export async function sendDue(deps: SendDeps): Promise<{ sent: number; failed: number }> {
  const count = { sent: 0, failed: 0 }
  const without: string[] = []
  const limits = { leaseMs: LEASE_MS, pauseMsMax: PAUSE_MS_MAX, rowsMax: DIGEST_ROWS_MAX, without }
  for (let notices = 0; notices < NOTICES_MAX; notices++) {
    const claimed = await claimReminders(deps.db, await deps.clock.current(), limits)
    const [first] = claimed
    if (!first) break
    const { state, rows } = await sendOne(deps, claimed)
    count[state] += rows
    if (state === 'failed') without.push(first.channel.id)
  }
  return count
}

/** @param claimed reminders of one channel, with one delivery id */
async function sendOne(
  deps: SendDeps,
  claimed: readonly ClaimedReminder[],
): Promise<{ state: 'sent' | 'failed'; rows: number }> {
  const { db, clock, send, queueMail } = deps
  const { due, stale, notice } = await dueOf(deps, claimed)
  if (stale.length > 0) await dropReminders(db, idsOf(stale))
  const [first] = due
  if (!first || !notice) return { state: 'sent', rows: 0 }
  const { channel } = first
  const byMail = channel.kind === 'mail'
  const sent = byMail
    ? await queueMail(due, notice, sendEntries(due, 'done', { queued: true }))
    : await send(channel, notice, AbortSignal.timeout(ATTEMPT_MS_MAX))
  if (!sent.ok) {
    await noteFailure(deps, due, first.attempts, sent.error)
    return { state: 'failed', rows: due.length }
  }
  if (!byMail) await saveSent(db, idsOf(due), clock.now(), sendEntries(due, 'done', {}))
  return { state: 'sent', rows: due.length }
}

/** What is still to be said of the claimed reminders. */
async function dueOf({ clock, credentials: list, otherNotice }: SendDeps, claimed: readonly ClaimedReminder[]) {
  const [only] = claimed
  if (only && idOf(only) === null) {
    const notice = await otherNotice(only)
    return notice ? { due: claimed, stale: [], notice } : { due: [], stale: claimed, notice }
  }
  const credentials = await list()
  // Replaced, or given a new date, since it was planned: many notices may have been sent before this one.
  const isStale = (reminder: ClaimedReminder): boolean => {
    const credential = credentials.find(({ id }) => id === idOf(reminder))
    return !credential || !isWatched(credential) || credential.expiryVersion !== reminder.expiryVersion
  }
  const due = claimed.filter((reminder) => !isStale(reminder))
  return { due, stale: claimed.filter(isStale), notice: noticeOf(due, credentials, clock.now()) }
}

function subjectOf({
  credentialId,
  clientId,
  alertId,
}: Pick<ClaimedReminder, 'credentialId' | 'clientId' | 'alertId'>): string {
  if (credentialId !== null) return `credential:${credentialId}`
  if (clientId !== null) return `client:${clientId}`
  return alertId !== null ? `alert:${alertId}` : 'weekly:report'
}

const idsOf = (due: readonly ClaimedReminder[]): string[] => due.map(({ id }) => id)

async function noteFailure(
  { db, clock, log }: SendDeps,
  due: readonly ClaimedReminder[],
  attempts: number,
  fault: SendFault,
): Promise<void> {
  const at = clock.now()
  const { code } = fault
  const pauseMs = Math.max(PAUSES_MS[attempts - 1] ?? PAUSE_MS_MAX, fault.retryAfterMs ?? 0)
  const isLast = attempts >= ATTEMPTS_MAX
  const nextAttemptAt = isLast ? null : new Date(at.getTime() + Math.min(pauseMs, PAUSE_MS_MAX))
  for (const reminder of due) log.warn('reminder not sent', { subject: subjectOf(reminder), code, attempt: attempts })
  await saveFailure(db, idsOf(due), { at, fault, nextAttemptAt }, isLast ? sendEntries(due, 'failed', { code }) : [])
}

const sendEntries = (due: readonly ClaimedReminder[], result: AuditEntry['result'], more: AuditEntry['details']) =>
  due.map((reminder) => {
    const { thresholdDays, attempts, deliveryId } = reminder
    const { kind, id, name } = reminder.channel
    const details = { kind, channel: id, name, thresholdDays, attempts, deliveryId, ...more }
    return auditEntry('reminder.send', SYSTEM_CALLER, subjectOf(reminder), details, result)
  })
