import type { AuditEntry } from '../../audit'
import { diagnose } from '../../diagnosis'
import { fail, ok, type Result } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { channelBinding } from '../../kernel/sealing'
import { messageFactory } from '../../smtp'
import type { Mail } from '../../smtp/contracts'
import type { WebhookMessage } from '../../webhooks/client'
import type { StoredChannel } from '../store/channel-rows'
import { type ClaimedReminder, queueReminders, rewriteMail, waitingMails } from '../store/reminder-mails'
import { readSecret, signingKeys } from './channel-secret'
import type { ReminderDeps } from './deps'
import { reminderMail } from './mail'
import { type Notice, noticeOf, type SendFault } from './notice'
import { reminderCard, reminderWebhook } from './webhook'

/** Sends a notice to a channel now. */
export function deliver(
  deps: ReminderDeps,
  channel: StoredChannel,
  notice: Notice,
  signal: AbortSignal,
): Promise<Result<void, SendFault>> {
  const { baseUrl } = deps
  if (channel.kind === 'mail')
    // A person waits for the result of a test message, so it does not go through the outbox.
    return deliverMail(deps, signal, (sender) => ({
      ...reminderMail(notice, { channel, senderAddress: sender.address, baseUrl }),
      from: sender,
      envelopeFrom: sender.address,
    }))
  return postTo(deps, channel, signal, ({ url, keys, now }) =>
    channel.kind === 'teams'
      ? reminderCard(notice, { url, baseUrl, locale: channel.locale })
      : reminderWebhook(notice, { url, baseUrl, keys, now }),
  )
}

const faultOf = (code: string, evidence = '', retryAfterMs: number | null = null): Result<never, SendFault> =>
  fail({ code, evidence, retryAfterMs })

/** Posts to a channel's secret address what `compose` makes of it. */
export async function postTo(
  { vault, clock, webhooks }: Pick<ReminderDeps, 'vault' | 'clock' | 'webhooks'>,
  channel: Pick<StoredChannel, 'id' | 'kind' | 'sealed'>,
  signal: AbortSignal,
  compose: (to: { url: Redacted; keys: readonly Redacted[]; now: Date }) => WebhookMessage,
): Promise<Result<void, SendFault>> {
  const binding = channelBinding(channel.id, channel.kind)
  const opened = channel.sealed === null ? null : await vault.open(channel.sealed, binding)
  if (!opened?.ok) return faultOf('address-unreadable')
  const secret = readSecret(opened.value)
  const now = clock.now()
  const message = compose({ url: new Redacted(secret.url), keys: signingKeys(secret, now), now })
  const answer = await webhooks.post(message, signal)
  if (!answer.ok) {
    const { error } = answer
    return error.kind === 'net'
      ? faultOf(error.code, error.evidence)
      : faultOf(error.kind, `${error.status} ${error.problem}`, error.retryAfterMs)
  }
  const { status, text, retryAfterMs } = answer.value
  return status >= 200 && status < 300
    ? ok(undefined)
    : faultOf('http-status', `${status} ${text}`.trim(), retryAfterMs)
}

/** Sends as other mail is sent: with the current credential or its fallback. A token that the server refuses is renewed once. */
async function deliverMail(
  { credentials, transport, clock }: ReminderDeps,
  signal: AbortSignal,
  compose: (sender: { address: string; name: string }) => Mail,
): Promise<Result<void, SendFault>> {
  let login = await credentials.login(signal)
  for (let renewed = false; ; renewed = true) {
    if (!login.ok) {
      if (login.error.kind === 'no-server') return faultOf('no-server')
      return faultOf(login.error.diagnosis.code, login.error.diagnosis.evidence)
    }
    const { server, sender, token } = login.value
    const attempt = await transport.attempt(server, compose(sender), { signal, dryRun: false, onStep: () => {} })
    const [refusal] = attempt.ok ? attempt.value.refused : []
    const failure = attempt.ok ? refusal && { stage: 'recipient' as const, fault: refusal.fault } : attempt.error
    if (!failure) return ok(undefined)
    const { stage, fault } = failure
    const mayRenew = token !== null && !renewed && stage === 'auth' && fault.kind === 'smtp' && fault.code === 535
    if (mayRenew) {
      const again = await credentials.renew(login.value, signal)
      if (again.ok) login = again
      else if (again.error.kind !== 'paused') login = fail(again.error)
      if (again.ok || again.error.kind !== 'paused') continue
    }
    const { code, evidence } = diagnose(fault, { stage, claims: null, now: clock.now(), login: server.login.kind })
    return faultOf(code, evidence)
  }
}

/** Puts a mail into the outbox, in one transaction with its reminders' rows and these audit entries. */
export async function queueMail(
  deps: ReminderDeps,
  due: readonly ClaimedReminder[],
  notice: Notice,
  audits: readonly AuditEntry[],
): Promise<Result<void, SendFault>> {
  const { db, clock, baseUrl } = deps
  const [first] = due
  if (!first) return ok(undefined)
  const senderAddress = await deps.senderAddress()
  if (senderAddress === null) return faultOf('no-server')
  const mail = reminderMail(notice, { channel: first.channel, senderAddress, baseUrl })
  const composed = await messageFactory.unsigned(mail)
  if (!composed.ok)
    return composed.error === 'address' ? faultOf('address-malformed') : faultOf('unrecognised', composed.error)
  const { to: recipients, subject, messageId } = mail
  const cause = `reminder:${first.id}`
  const prepared = await deps.prepareMail({ ...composed.value, recipients, subject, messageId, cause })
  if (!prepared.ok) return faultOf(`outbox-${prepared.error}`)
  const { id, insert } = prepared.value
  const ids = due.map((reminder) => reminder.id)
  await queueReminders(db, ids, { messageId: id, insertMessage: insert, audits, at: clock.now() })
  await deps.wakeOutbox()
  return ok(undefined)
}

/** A mail may wait in the outbox for days. If the number of days that it states is no longer right, it is written again. */
export async function updateWaitingMails(deps: ReminderDeps): Promise<void> {
  const { db, clock, baseUrl } = deps
  const senderAddress = await deps.senderAddress()
  if (senderAddress === null) return
  const waiting = await waitingMails(db)
  if (waiting.length === 0) return
  const views = await deps.credentials.expiring()
  for (const { reminders, messageId, subject } of waiting) {
    const notice = noticeOf(reminders, views, clock.now())
    const channel = reminders[0]?.channel
    if (!notice || !channel) continue
    const mail = reminderMail(notice, { channel, senderAddress, baseUrl })
    if (mail.subject === subject) continue
    const composed = await messageFactory.unsigned(mail)
    if (composed.ok) await rewriteMail(db, messageId, { ...composed.value, subject: mail.subject })
  }
}
