import { randomBytes } from 'node:crypto'
import type { AuditLog } from '../audit/log'
import type { Environment } from '../config/environment'
import type { Credentials } from '../credentials'
import { readSecret, signingKeys } from '../credentials/reminders/channel-secret'
import { type Channels, createChannels } from '../credentials/reminders/channels'
import { reminderMail } from '../credentials/reminders/mail'
import {
  noticeOf,
  planNow,
  type Reminder,
  reopen,
  type Send,
  type SendDeps,
  type SendFault,
  sendDue,
} from '../credentials/reminders/send'
import { reminderCard } from '../credentials/reminders/teams'
import { reminderWebhook } from '../credentials/reminders/webhook'
import { createChannelStore, trialLimit } from '../credentials/store/channels'
import { rewrite, waitingMails } from '../credentials/store/reminder-mails'
import { createReminderStore, queueReminder } from '../credentials/store/reminders'
import type { Db, Tx } from '../db/client'
import { defaultMailServerId } from '../db/default-mail-server'
import { diagnose } from '../diagnosis'
import type { Caller } from '../kernel/actor'
import type { Clock } from '../kernel/clock'
import type { Logger } from '../kernel/log'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { channelBinding, type Vault } from '../kernel/sealing'
import { createKeysSound } from '../mail-server/store/sealing-keys'
import { insertMessages } from '../outbox/store/insert'
import { readServer } from '../outbox/store/sender-sources'
import { createMailTransport, messageFactory } from '../smtp'
import type { Mail, MailTransport } from '../smtp/contracts'
import { greetingName } from './mail-server'
import type { Clients } from './microsoft'
import type { Outbox } from './outbox'

export interface Reminders {
  channels: Channels
  /** Newest first. */
  list(rows: number): Promise<Reminder[]>
  /** For the worker: plans, then sends what is due. */
  work(): Promise<{ sent: number; failed: number }>
  /** The same for a person who does not want to wait: what was given up or waits for a later try is tried too. */
  retryNow(caller: Caller): Promise<{ sent: number; failed: number }>
}

interface RemindersServiceDeps {
  environment: Pick<Environment, 'baseUrl' | 'keys'>
  clock: Clock
  db: Db
  vault: Vault
  audit: AuditLog
  log: Logger
  credentials: Pick<Credentials, 'list' | 'login' | 'renew'>
  clients: Pick<Clients, 'dialer' | 'webhooks'>
  outbox: Pick<Outbox, 'prepare' | 'wake'>
}

/** As many as SHA-256 mixes in (RFC 2104 §3). */
const KEY_BYTES = 32

export function composeReminders(services: RemindersServiceDeps): Reminders {
  const { environment, clock, db, vault, audit, log, credentials, clients, outbox } = services
  const { baseUrl } = environment
  const store = createReminderStore(db)
  const transport = createMailTransport(clients.dialer, { ehloName: greetingName(baseUrl), clock })

  /** A trial is to answer at once: it does not wait in the outbox. */
  const byMail: Send = (channel, notice, signal) =>
    mailed({ credentials, transport, clock }, signal, (sender) => ({
      ...reminderMail(notice, { channel, senderAddress: sender.address, baseUrl }),
      from: sender,
      envelopeFrom: sender.address,
    }))

  const queueMail: SendDeps['queueMail'] = async (due, notice, audits) => {
    const [first] = due
    if (!first) return ok(undefined)
    const sends = await readServer(db, await defaultMailServerId(db))
    if (!sends) return fail({ code: 'no-server', evidence: '', retryAfterMs: null })
    const mail = reminderMail(notice, { channel: first.channel, senderAddress: sends.server.senderAddress, baseUrl })
    const composed = await messageFactory.unsigned(mail)
    if (!composed) return fail({ code: 'address-malformed', evidence: '', retryAfterMs: null })
    const { to: recipients, subject, messageId } = mail
    const about = { source: 'reminder', cause: `reminder:${first.id}`, originator: null } as const
    const message = await outbox.prepare({ ...about, ...composed, recipients, subject, messageId })
    if (!message.ok) return fail({ code: `outbox-${message.error}`, evidence: '', retryAfterMs: null })
    const ids = due.map(({ id }) => id)
    const insertMessage = (tx: Tx) => insertMessages(tx, [message.value])
    await queueReminder(db, ids, { messageId: message.value.id, insertMessage, audits, at: clock.now() })
    await outbox.wake()
    return ok(undefined)
  }

  const byWebhook: Send = async (channel, notice, signal) => {
    const binding = channelBinding(channel.id, channel.kind)
    const opened = channel.sealed === null ? null : await vault.open(channel.sealed, binding)
    if (!opened?.ok) return fail({ code: 'address-unreadable', evidence: '', retryAfterMs: null })
    const secret = readSecret(opened.value)
    const to = { url: new Redacted(secret.url), baseUrl }
    const now = clock.now()
    const message =
      channel.kind === 'teams'
        ? reminderCard(notice, { ...to, locale: channel.locale })
        : reminderWebhook(notice, { ...to, keys: signingKeys(secret, now), now })
    const posted = await clients.webhooks.post(message, signal)
    if (!posted.ok) {
      const { error } = posted
      if (error.kind === 'net') return fail({ code: error.code, evidence: error.evidence, retryAfterMs: null })
      const evidence = `${error.status} ${error.problem}`
      return fail({ code: error.kind, evidence, retryAfterMs: error.retryAfterMs })
    }
    const { status, text, retryAfterMs } = posted.value
    if (status >= 200 && status < 300) return ok(undefined)
    return fail({ code: 'http-status', evidence: `${status} ${text}`.trim(), retryAfterMs })
  }

  const send: Send = (channel, ...rest) => (channel.kind === 'mail' ? byMail : byWebhook)(channel, ...rest)

  /** A mail may wait for days: where it says another number of days than is left by now, it is written anew. */
  async function retellWaiting(): Promise<void> {
    const sends = await readServer(db, await defaultMailServerId(db))
    if (!sends) return
    const waiting = await waitingMails(db)
    if (waiting.length === 0) return
    const views = await credentials.list()
    for (const { reminders, messageId, subject } of waiting) {
      const notice = noticeOf(reminders, views, clock.now())
      const channel = reminders[0]?.channel
      if (!notice || !channel) continue
      const mail = reminderMail(notice, { channel, senderAddress: sends.server.senderAddress, baseUrl })
      if (mail.subject === subject) continue
      const composed = await messageFactory.unsigned(mail)
      if (composed) await rewrite(db, messageId, { ...composed, subject: mail.subject })
    }
  }

  async function work(): Promise<{ sent: number; failed: number }> {
    await planNow({ store, clock })
    await retellWaiting()
    return sendDue({ store, clock, log, send, queueMail, credentials: () => credentials.list() })
  }
  return {
    channels: createChannels({
      channels: createChannelStore(db),
      clock,
      vault,
      send,
      audit,
      newKey: () => new Redacted(randomBytes(KEY_BYTES).toString('base64url')),
      keysSound: createKeysSound(
        db,
        vault,
        environment.keys.map(({ kid }) => kid),
      ),
      mayTry: trialLimit(db),
    }),
    list: (rows) => store.list(rows),
    work,
    async retryNow(caller) {
      await reopen({ store, clock }, caller)
      await outbox.wake()
      return work()
    },
  }
}

interface MailWays {
  credentials: Pick<Credentials, 'login' | 'renew'>
  transport: MailTransport
  clock: Clock
}

/** As mail leaves here: by the current credential, or by its stand-in; a refused token is renewed once (S-18, R-22). */
async function mailed(
  { credentials, transport, clock }: MailWays,
  signal: AbortSignal,
  compose: (sender: { address: string; name: string }) => Mail,
): Promise<Result<void, SendFault>> {
  let login = await credentials.login(signal)
  for (let renewed = false; ; renewed = true) {
    if (!login.ok) {
      if (login.error.kind === 'no-server') return fail({ code: 'no-server', evidence: '', retryAfterMs: null })
      const { code, evidence } = login.error.diagnosis
      return fail({ code, evidence, retryAfterMs: null })
    }
    const { server, sender, token } = login.value
    const attempt = await transport.attempt(server, compose(sender), {
      signal,
      dryRun: false,
      onStep: () => {},
    })
    const [refusal] = attempt.ok ? attempt.value.refused : []
    if (attempt.ok && !refusal) return ok(undefined)
    const failed = attempt.ok ? refusal && { stage: 'recipient' as const, fault: refusal.fault } : attempt.error
    if (!failed) return ok(undefined)
    const { stage, fault } = failed
    const mayRenew = token !== null && !renewed && stage === 'auth' && fault.kind === 'smtp' && fault.code === 535
    if (mayRenew) {
      const again = await credentials.renew(login.value, signal)
      if (again.ok) login = again
      else if (again.error.kind !== 'paused') login = fail(again.error)
      if (again.ok || again.error.kind !== 'paused') continue
    }
    const { code, evidence } = diagnose(fault, { stage, claims: null, now: clock.now(), login: server.login.kind })
    return fail({ code, evidence, retryAfterMs: null })
  }
}
