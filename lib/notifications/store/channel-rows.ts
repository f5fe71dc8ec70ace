import { Prisma, type Tx } from '../../db'
import { isLocale } from '../../i18n/locale'
import { pick, type SealedText } from '../../kernel'
import { type ChannelKind, MESSAGE_EVENTS } from '../kinds'

interface Fault {
  code: string
  evidence: string
}

/** The latest fault of a channel or of a reminder, for people. */
export const faultNote = ({ code, evidence }: Fault, at: Date) => ({ code, evidence, at: at.toISOString() })
export type SendFaultNote = ReturnType<typeof faultNote>

/** Notes at channels what the latest message to them came to. `fault` is null if it was sent. */
export const noteResult = (
  tx: Pick<Tx, 'notificationChannel'>,
  where: Prisma.NotificationChannelWhereInput,
  at: Date,
  fault: Fault | null,
) =>
  tx.notificationChannel.updateMany({
    where,
    data: fault ? { lastFault: faultNote(fault, at) } : { lastSentAt: at, lastFault: Prisma.DbNull },
  })

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

/** The database has no other kinds. */
export const kindOf = (text: string) => text as ChannelKind
