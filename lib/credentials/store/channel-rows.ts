import type { Prisma } from '../../db/generated/client'
import { isLocale } from '../../i18n/locale'
import type { SealedText } from '../../kernel/sealing'
import type { ChannelKind } from '../reminders/plan'
import type { Channel, SendFaultNote, StoredChannel } from '../reminders/send'

type ChannelRow = Prisma.NotificationChannelGetPayload<object>

/** Each member by name: what is not named here stays in the database. */
export const channelOf = (row: ChannelRow): Channel => ({
  id: row.id,
  kind: kindOf(row.kind),
  name: row.name,
  address: row.address,
  origin: row.origin,
  locale: isLocale(row.locale) ? row.locale : 'en',
  enabled: row.enabled,
  ownerOnly: row.ownerOnly,
  createdBy: row.createdBy,
  updatedAt: row.updatedAt,
  lastSentAt: row.lastSentAt,
  lastFault: row.lastFault as unknown as SendFaultNote | null,
})

export const storedChannelOf = (row: ChannelRow): StoredChannel => ({
  ...channelOf(row),
  sealed: row.sealed as SealedText | null,
})

export const kindOf = (text: string): ChannelKind => (text === 'webhook' || text === 'teams' ? text : 'mail')
