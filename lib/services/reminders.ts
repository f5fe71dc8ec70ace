import type { Alerts } from '../alerts'
import { createReminders, type Reminders } from '../credentials/reminders'
import type { OutboxMail, ReminderDeps } from '../credentials/reminders/deps'
import type { Db, Tx } from '../db'
import { defaultMailServerId } from '../db/default-mail-server'
import { ok, type Result } from '../kernel'
import type { MessageSource } from '../outbox/message'
import { insertMessages } from '../outbox/store/insert'
import { readServer } from '../outbox/store/sender-sources'
import type { Clients } from './microsoft'
import type { Outbox } from './outbox'

interface RemindersServiceDeps extends Omit<ReminderDeps, keyof Mails | 'transport' | 'webhooks' | 'otherNotice'> {
  clients: Pick<Clients, 'transport' | 'webhooks'>
  outbox: Pick<Outbox, 'prepare' | 'wake'>
  alerts: Pick<Alerts, 'notice'>
}

export function composeReminders({ clients, outbox, alerts, ...deps }: RemindersServiceDeps): Reminders {
  const { transport, webhooks } = clients
  const mails = outboxMails(deps.db, outbox, 'reminder')
  return createReminders({
    ...deps,
    ...mails,
    transport,
    webhooks,
    otherNotice: alerts.notice,
  })
}

type Mails = ReturnType<typeof outboxMails>
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
