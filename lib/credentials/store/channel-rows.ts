import type { Prisma } from '../../db/generated/client'
import { isLocale } from '../../i18n/locale'
import { pick } from '../../kernel'
import type { SealedText } from '../../kernel/sealing'
import { type ChannelKind, MESSAGE_EVENTS } from '../reminders/kinds'

/** The latest fault of a channel or of a reminder, for people. */
export interface SendFaultNote {
  code: string
  evidence: string
  at: string
}

type ChannelRow = Prisma.NotificationChannelGetPayload<object>

/** One recipient of reminders, as people may see it. Each member is named: what is not named here stays in the database. */
export const channelOf = (row: ChannelRow) => ({
  ...pick(row, 'id', 'name', 'enabled', 'createdBy', 'lastSentAt'),
  kind: kindOf(row.kind),
  /** Of a mail channel; null otherwise. */
  address: row.address,
  /** Of a webhook or Teams channel, whose whole address is secret; null otherwise. */
  origin: row.origin,
  locale: isLocale(row.locale) ? row.locale : 'en',
  /** Off for a webhook that is for messages of clients alone. */
  reminders: row.reminders,
  /** It belongs to an owner of credentials and gets their reminders only. It exists as long as a credential names the owner. */
  ownerOnly: row.ownerOnly,
  /** When its name, language, key or state was changed; a change names the time that it is based on. */
  updatedAt: row.updatedAt,
  /** What happens to messages of clients that a webhook gets. */
  messageEvents: MESSAGE_EVENTS.filter((event) => row.messageEvents.includes(event)),
  /** Only messages of this client; null for those of all clients. */
  messageClientId: row.messageClientId,
  lastFault: row.lastFault as unknown as SendFaultNote | null,
})
export type Channel = ReturnType<typeof channelOf>

/** Whether reminders go to a channel now. */
export const getsReminders = ({ enabled, reminders }: Pick<Channel, 'enabled' | 'reminders'>): boolean =>
  enabled && reminders

export const storedChannelOf = (row: ChannelRow) => ({
  ...channelOf(row),
  sealed: row.sealed as SealedText | null,
})
export type StoredChannel = ReturnType<typeof storedChannelOf>

export const kindOf = (text: string): ChannelKind => (text === 'webhook' || text === 'teams' ? text : 'mail')
