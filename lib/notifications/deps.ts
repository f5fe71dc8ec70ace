import type { AuditLog } from '../audit'
import type { DbDeps, SharedClock } from '../db'
import type { Logger, Result, Vault } from '../kernel'
import type { UnsignedMail } from '../smtp/contracts'
import type { WebhookClient } from '../webhooks/client'
import type { OutboxDeps } from './mail'
import type { Say, SendFault } from './notice'

/** What notifications need. Modules that come later in the order say what a notice is about, and hand over how mail is sent. */
export interface NotificationDeps extends DbDeps, OutboxDeps {
  clock: SharedClock
  vault: Vault
  log: Pick<Logger, 'warn'>
  audit: Pick<AuditLog, 'record'>
  /** The console's address, which messages link to. */
  baseUrl: URL
  webhooks: WebhookClient
  /** Sends a mail while a person waits, without the outbox. */
  sendNow(mailFrom: (senderAddress: string) => UnsignedMail, signal: AbortSignal): Promise<Result<void, SendFault>>
  /** Stores the reminders that have become due, and cancels those that are no longer needed. */
  planReminders(): Promise<unknown>
  /** Says what is due, by what it is about: the expiry of credentials and API keys, alerts, or the report of a week. */
  say: Record<'expiry' | 'alerts' | 'weekly', Say>
}
