import { type AuditEntry, audited } from '../../audit'
import { type DbDeps, named, type Prisma, type Tx } from '../../db'
import type { Locale } from '../../i18n/locale'
import { newId } from '../../kernel'
import { type Channel, channelOf, type StoredChannel, storedChannelOf } from './channel-rows'
import { takeOut } from './notifications'

/** Oldest first. */
export const listChannels = async (db: Tx): Promise<Channel[]> =>
  (await db.notificationChannel.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })).map(channelOf)

export async function readChannel(db: Tx, id: string): Promise<StoredChannel | null> {
  const row = await db.notificationChannel.findUnique({ where: { id } })
  return row && storedChannelOf(row)
}

/** @returns false if there is no such channel that fits `where`; then only that is recorded */
export const updateChannel = (
  deps: DbDeps,
  id: string,
  where: Omit<Prisma.NotificationChannelWhereInput, 'id'>,
  values: Prisma.NotificationChannelUpdateManyMutationInput,
  audit: AuditEntry,
  keep?: (tx: Tx) => Promise<void> | undefined,
): Promise<boolean> => {
  const change = async (tx: Tx, updatedAt: Date) => {
    const at = { ...where, id: named(id) }
    const updated = await tx.notificationChannel.updateMany({ where: at, data: { ...values, updatedAt } })
    if (updated.count > 0) await keep?.(tx)
    return updated
  }
  return audited(deps, audit, change, { read: (tx) => readChannel(tx, id), values })
}

/** Deletes a channel with its reminders and with their messages that have not been sent. */
export async function removeChannel(tx: Tx, id: string, at: Date): Promise<{ count: number }> {
  const where = { channelId: named(id), state: 'queued' }
  const ids = (await tx.reminder.findMany({ where, select: { id: true } })).map((row) => row.id)
  await takeOut(tx, ids, at)
  return tx.notificationChannel.deleteMany({ where: { id: named(id) } })
}

/** Makes a mail channel for each of these owners who has none, and removes those of owners whom no credential and no API key names any more. */
export async function keepOwnerChannels(
  tx: Tx,
  { owners, locale, by }: { owners: readonly string[]; locale: Locale; by: string },
  at: Date,
): Promise<void> {
  const known = await tx.notificationChannel.findMany({
    where: { ownerOnly: true },
    select: { id: true, address: true },
  })
  const missing = owners.filter((address) => !known.some((channel) => channel.address === address))
  const row = { kind: 'mail', locale, ownerOnly: true, createdBy: by, createdAt: at, updatedAt: at }
  await tx.notificationChannel.createMany({
    data: missing.map((address) => ({ ...row, id: newId(), name: address, address })),
  })
  const credentials = await tx.credential.findMany({ where: { removedAt: null }, select: { owners: true } })
  const current = new Set([...credentials.flatMap((row) => row.owners), ...(await keyOwners(tx))])
  for (const { id, address } of known) if (!current.has(address ?? '')) await removeChannel(tx, id, at)
}

/** In lower case, as owners of credentials are. */
export const ownersOf = (owner: string | null): string[] => (owner === null ? [] : [owner.toLowerCase()])

/** Owners of every key that expires, also while its client is disabled, so that no reminder is sent again when it is enabled. */
export async function keyOwners(tx: Tx): Promise<string[]> {
  const where = { way: 'api-key', removedAt: null, expiresAt: { not: null } }
  const rows = await tx.client.findMany({ where, select: { owner: true } })
  return [...new Set(rows.flatMap(({ owner }) => ownersOf(owner)))]
}
