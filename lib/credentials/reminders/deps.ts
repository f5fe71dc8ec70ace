import type { AuditLog } from '../../audit'
import type { DbDeps, SharedClock, Tx } from '../../db'
import type { Logger, Result, Vault } from '../../kernel'
import type { MailTransport } from '../../smtp/contracts'
import type { WireSafe } from '../../smtp/wire-safe'
import type { WebhookClient } from '../../webhooks/client'
import type { Credentials } from '..'
import type { ClaimedReminder } from '../store/reminder-mails'
import type { OtherNotice } from './notice'

/** A composed mail for the outbox. */
export interface OutboxMail {
  bytes: WireSafe
  needsUtf8: boolean
  recipients: string[]
  subject: string
  messageId: string
  /** What the mail was sent for, e.g. `reminder:<id>`. */
  cause: string
}

/** What reminders need. The outbox comes later in the order of modules, so its functions are handed over. */
export interface ReminderDeps extends DbDeps {
  clock: SharedClock
  vault: Vault
  log: Pick<Logger, 'warn'>
  audit: Pick<AuditLog, 'record'>
  /** The console's address, which messages link to. */
  baseUrl: URL
  credentials: Pick<Credentials, 'expiring' | 'login' | 'renew'>
  transport: MailTransport
  webhooks: WebhookClient
  /** Address that the default mail server sends from, or null if none is configured. */
  senderAddress(): Promise<string | null>
  /** Accepts a mail for the outbox; `insert` stores it in a transaction of the caller's. The error is the outbox's code. */
  prepareMail(mail: OutboxMail): Promise<Result<{ id: string; insert(tx: Tx): Promise<void> }, string>>
  /** Wakes the worker, because mail is waiting. */
  wakeOutbox(): Promise<void>
  /** What a due notification that is not about a credential says now; null if there is nothing to say any more. */
  otherNotice(due: ClaimedReminder): Promise<OtherNotice | null>
}
