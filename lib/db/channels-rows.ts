import type { Channel, HeldChannel, SendFaultNote } from '../credentials/remind'
import type { ChannelKind } from '../credentials/remind-plan'
import { isLocale } from '../kernel/locale'
import type { SealedText } from '../kernel/sealing'
import type { Prisma } from './generated/client'

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

export const heldChannelOf = (row: ChannelRow): HeldChannel => ({
  ...channelOf(row),
  sealed: row.sealed as SealedText | null,
})

export const kindOf = (text: string): ChannelKind => (text === 'webhook' || text === 'teams' ? text : 'mail')
