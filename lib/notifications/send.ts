import { type AuditEntry, auditEntry } from '../audit'
import { HOUR_MS, MINUTE_MS, ok, type Result, SYSTEM_CALLER } from '../kernel'
import { messageFactory } from '../smtp/message'
import type { NotificationDeps } from './deps'
import { auditSubject } from './kinds'
import { envelopeOf, noticeMail, prepareNotice } from './mail'
import type { SendFault } from './notice'
import { postNotice } from './post'
import {
  type ClaimedNotification,
  claimNotifications,
  dropNotifications,
  queueNotifications,
  rewriteMail,
  saveResult,
  waitingMails,
} from './store/notifications'

/** Longer than any attempt takes. */
const LEASE_MS = 2 * MINUTE_MS
const ATTEMPT_MS_MAX = MINUTE_MS
/** After these pauses an attempt is made every six hours. */
const PAUSES_MS = [1, 5, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS)
const PAUSE_MS_MAX = 6 * HOUR_MS
/** They take a little over three days. By then a later reminder is due, or the recipient does not exist any more. */
const ATTEMPTS_MAX = 20
/** Bounds one turn of the worker; the rest is sent in the next turn. */
const NOTICES_MAX = 200
/** Notifications in one post to a webhook. */
const ROWS_MAX = 500

type SendDeps = Omit<NotificationDeps, 'audit' | 'sendNow' | 'planReminders'>

/**
 * Sends what is due, one notice after the other. What is due for one recipient at the same time is sent as one notice. A receiver that
 * fails is retried after growing pauses, and gets nothing else in this turn, so that it delays no other receiver by more than one attempt.
 */
export async function sendDue(deps: SendDeps): Promise<{ sent: number; failed: number }> {
  const count = { sent: 0, failed: 0 }
  const without: string[] = []
  const limits = { leaseMs: LEASE_MS, pauseMsMax: PAUSE_MS_MAX, rowsMax: ROWS_MAX, without }
  for (let notices = 0; notices < NOTICES_MAX; notices++) {
    const claimed = await claimNotifications(deps.db, await deps.clock.current(), limits)
    const [first] = claimed
    if (!first) break
    const { state, rows } = await sendOne(deps, claimed)
    count[state] += rows
    if (state === 'failed') without.push(first.channel.id)
  }
  return count
}

/** @param claimed notifications of one channel, with one delivery id */
async function sendOne(
  deps: SendDeps,
  claimed: readonly ClaimedNotification[],
): Promise<{ state: 'sent' | 'failed'; rows: number }> {
  const notice = await channelNotice(deps, claimed)
  const due = notice?.about ?? []
  const stale = claimed.filter((each) => !due.includes(each))
  if (stale.length > 0) await dropNotifications(deps.db, stale)
  if (!notice) return { state: 'sent', rows: 0 }
  const sent = await (notice.channel.kind === 'mail' ? queueMail : post)(deps, notice)
  if (!sent.ok) await saveFault(deps, due, sent.error)
  return { state: sent.ok ? 'sent' : 'failed', rows: due.length }
}

type ChannelNotice = NonNullable<Awaited<ReturnType<typeof channelNotice>>>

/** What is still to be said of these notifications; nothing to a channel that was switched off since. */
async function channelNotice({ say, clock }: SendDeps, claimed: readonly ClaimedNotification[]) {
  const at = clock.now()
  const [first] = claimed
  const contents = first?.channel.enabled && (await say[topicOf(first)](claimed, at))
  return contents ? { ...contents, ...first, at } : null
}

async function post(deps: SendDeps, notice: ChannelNotice): Promise<Result<void, SendFault>> {
  const { about, channel } = notice
  const sent = await postNotice(deps, channel, notice, AbortSignal.timeout(ATTEMPT_MS_MAX))
  const result = { at: deps.clock.now(), fault: null, nextAttemptAt: null }
  if (sent.ok) await saveResult(deps.db, about, result, sendEntries(about, 'done', {}))
  return sent
}

/** Puts a mail into the outbox. Its notifications are `queued` until the mail server has accepted the mail. */
async function queueMail(deps: SendDeps, notice: ChannelNotice): Promise<Result<void, SendFault>> {
  const { db, clock, baseUrl } = deps
  const { about, id: firstId } = notice
  const text = notice.text(notice.channel.locale, baseUrl)
  const prepared = await prepareNotice(deps, text, { ...envelopeOf(notice), cause: `reminder:${firstId}` })
  if (!prepared.ok) return prepared
  const { id: messageId, insert: insertMessage } = prepared.value
  const audits = sendEntries(about, 'done', { queued: true })
  await queueNotifications(db, about, { messageId, insertMessage, audits, at: clock.now() })
  await deps.wakeOutbox()
  return ok(undefined)
}

/** A mail may wait in the outbox for days. If the number of days that it states is no longer right, it is written again. */
export async function updateWaitingMails(deps: SendDeps): Promise<void> {
  const { db, baseUrl } = deps
  const waiting = await waitingMails(db)
  const senderAddress = waiting.length > 0 ? await deps.senderAddress() : null
  if (senderAddress === null) return
  for (const { notifications, messageId, subject } of waiting) {
    const notice = await channelNotice(deps, notifications)
    if (!notice) continue
    const mail = noticeMail(notice.text(notice.channel.locale, baseUrl), senderAddress, envelopeOf(notice))
    if (mail.subject === subject) continue
    const composed = await messageFactory.unsigned(mail)
    if (composed.ok) await rewriteMail(db, messageId, { ...composed.value, subject: mail.subject })
  }
}

function topicOf({ alertId, week }: ClaimedNotification) {
  if (alertId !== null) return 'alerts'
  return week === null ? 'expiry' : 'weekly'
}

async function saveFault({ db, clock, log }: SendDeps, due: readonly ClaimedNotification[], fault: SendFault) {
  const at = clock.now()
  const { code } = fault
  const attempts = due[0]?.attempts ?? 1
  const pauseMs = Math.max(PAUSES_MS[attempts - 1] ?? PAUSE_MS_MAX, fault.retryAfterMs ?? 0)
  const isLast = attempts >= ATTEMPTS_MAX
  const nextAttemptAt = isLast ? null : new Date(at.getTime() + Math.min(pauseMs, PAUSE_MS_MAX))
  for (const each of due) log.warn('notification not sent', { subject: auditSubject(each), code, attempt: attempts })
  await saveResult(db, due, { at, fault, nextAttemptAt }, isLast ? sendEntries(due, 'failed', { code }) : [])
}

const sendEntries = (due: readonly ClaimedNotification[], result: AuditEntry['result'], more: AuditEntry['details']) =>
  due.map((each) => {
    const { thresholdDays, attempts, deliveryId } = each
    const { kind, id, name } = each.channel
    const details = { kind, channel: id, name, thresholdDays, attempts, deliveryId, ...more }
    return auditEntry('reminder.send', SYSTEM_CALLER, auditSubject(each), details, result)
  })
