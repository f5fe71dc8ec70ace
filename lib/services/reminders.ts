import type { Alerts } from '../alerts'
import type { AuditLog } from '../audit/store/log'
import type { Environment } from '../config/environment'
import type { Credentials } from '../credentials'
import { createReminders, type Reminders } from '../credentials/reminders'
import type { OutboxMail } from '../credentials/reminders/deps'
import type { Db, DbDeps, Tx } from '../db/client'
import { defaultMailServerId } from '../db/default-mail-server'
import type { Logger } from '../kernel/log'
import { ok, type Result } from '../kernel/result'
import type { Vault } from '../kernel/sealing'
import { createKeysSound } from '../mail-server/store/sealing-keys'
import type { MessageSource } from '../outbox/message'
import { insertMessages } from '../outbox/store/insert'
import { readServer } from '../outbox/store/sender-sources'
import { createMailTransport } from '../smtp'
import { greetingName } from './mail-server'
import type { Clients } from './microsoft'
import type { Outbox } from './outbox'

interface RemindersServiceDeps extends DbDeps {
  environment: Pick<Environment, 'baseUrl' | 'keys'>
  vault: Vault
  audit: AuditLog
  log: Logger
  credentials: Pick<Credentials, 'expiring' | 'login' | 'renew'>
  clients: Pick<Clients, 'dialer' | 'webhooks'>
  outbox: Pick<Outbox, 'prepare' | 'wake'>
  alerts: Pick<Alerts, 'notice'>
}

export function composeReminders({ environment, clients, outbox, alerts, ...deps }: RemindersServiceDeps): Reminders {
  const { db, clock, vault } = deps
  const { baseUrl, keys } = environment
  const kids = keys.map(({ kid }) => kid)
  return createReminders({
    ...deps,
    baseUrl,
    transport: createMailTransport(clients.dialer, { ehloName: greetingName(baseUrl), clock }),
    webhooks: clients.webhooks,
    keysSound: createKeysSound(db, vault, kids),
    ...outboxMails(db, outbox, 'reminder'),
    otherNotice: (due) => alerts.notice(due),
  })
}

/** How mails of the console reach the outbox. */
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
