import type { Alerts } from '../alerts'
import type { Credentials } from '../credentials'
import { sendNow } from '../credentials/send-now'
import type { Db, Tx } from '../db'
import { defaultMailServerId } from '../db/default-mail-server'
import { ok, type Result } from '../kernel'
import { createNotifications } from '../notifications'
import type { NotificationDeps } from '../notifications/deps'
import type { OutboxMail } from '../notifications/mail'
import type { MessageSource } from '../outbox/message'
import { insertMessages } from '../outbox/store/insert'
import { readServer } from '../outbox/store/sender-sources'
import type { Outbox } from './outbox'
import type { VendorClients } from './vendor-clients'

interface Composed extends Pick<NotificationDeps, 'db' | 'clock' | 'vault' | 'log' | 'audit' | 'baseUrl'> {
  vendors: Pick<VendorClients, 'transport' | 'webhooks'>
  outbox: Pick<Outbox, 'prepare' | 'wake'>
  credentials: Pick<Credentials, 'login' | 'renew' | 'planReminders' | 'reminderNotice'>
  alerts: Pick<Alerts, 'notice'> & { weekly: Pick<Alerts['weekly'], 'notice'> }
}

export const composeNotifications = ({ vendors, outbox, credentials, alerts, ...deps }: Composed) =>
  createNotifications({
    ...deps,
    ...outboxMails(deps.db, outbox, 'reminder'),
    webhooks: vendors.webhooks,
    sendNow: (...mail) => sendNow({ credentials, transport: vendors.transport }, ...mail),
    planReminders: credentials.planReminders,
    say: { expiry: credentials.reminderNotice, alerts: alerts.notice, weekly: alerts.weekly.notice },
  })

/** How messages of the console reach the outbox. */
export const outboxMails = (
  db: Db,
  outbox: Pick<Outbox, 'prepare' | 'wake'>,
  source: Extract<MessageSource, 'reminder' | 'report' | 'notice'>,
) => ({
  async senderAddress(): Promise<string | null> {
    return (await readServer(db, await defaultMailServerId(db)))?.server.senderAddress ?? null
  },
  async prepareMail(mail: OutboxMail): Promise<Result<{ id: string; insert(tx: Tx): Promise<void> }, string>> {
    const prepared = await outbox.prepare({ ...mail, source, originator: null })
    if (!prepared.ok) return prepared
    return ok({ id: prepared.value.id, insert: (tx: Tx) => insertMessages(tx, [prepared.value]) })
  },
  wakeOutbox: () => outbox.wake(),
})
