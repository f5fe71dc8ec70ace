import type { Prisma } from '../../db'
import { isLocale } from '../../i18n/locale'
import { pick, type SealedText } from '../../kernel'
import { type ChannelKind, MESSAGE_EVENTS } from '../kinds'

/** The latest fault of a channel or of a reminder, for people. */
export interface SendFaultNote {
  code: string
  evidence: string
  at: string
}

type ChannelRow = Prisma.NotificationChannelGetPayload<object>

/** One recipient of reminders, as people may see it. Each member is named: what is not named here stays in the database. */
export const channelOf = (row: ChannelRow) => ({
  ...pick(row, 'id', 'name', 'enabled', 'createdBy', 'lastSentAt', 'address', 'origin', 'reminders', 'ownerOnly'),
  // A change names the time of the last one, on which it is based.
  ...pick(row, 'messageClientId', 'updatedAt'),
  kind: kindOf(row.kind),
  locale: isLocale(row.locale) ? row.locale : 'en',
  messageEvents: MESSAGE_EVENTS.filter((event) => row.messageEvents.includes(event)),
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
