import { takeEach } from '../../access/rate-limits'
import type { AuditEntry } from '../../audit/entry'
import { appendAudit, audited } from '../../audit/store/log'
import type { Db, DbDeps, Tx } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import { named } from '../../db/one-row'
import type { Locale } from '../../i18n/locale'
import { newId } from '../../kernel'
import { type Channel, channelOf, type StoredChannel, storedChannelOf } from './channel-rows'
import { takeOut } from './reminder-mails'

/** The same limits as for connection tests, so that channels cannot be used to scan networks. */
const TEST_LIMITS = [
  { name: 'channel-minute', points: 5, perSeconds: 60 },
  { name: 'channel-hour', points: 30, perSeconds: 3600 },
] as const

/** @returns false if `key` has sent too many test messages in a short time */
export async function mayTest(db: Db, key: string): Promise<boolean> {
  const limits = TEST_LIMITS.map((limit) => ({ ...limit, key }))
  return (await takeEach(db, limits)).ok
}

/** Oldest first. */
export async function listChannels(db: Db): Promise<Channel[]> {
  return (await db.notificationChannel.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })).map(channelOf)
}

export async function readChannel(db: Db, id: string): Promise<StoredChannel | null> {
  const row = await db.notificationChannel.findUnique({ where: { id } })
  return row && storedChannelOf(row)
}

export const insertChannel = (
  db: Db,
  channel: Omit<StoredChannel, 'lastSentAt' | 'lastFault' | 'updatedAt' | 'messageClientId'> & {
    kid: string | null
    alerts: boolean
  },
  at: Date,
  audit: AuditEntry,
): Promise<boolean> =>
  audited(db, audit, at, (tx) =>
    tx.notificationChannel.createMany({ data: [{ ...channel, createdAt: at, updatedAt: at }] }),
  )

/** @returns false if there is no such channel that fits `where`; then nothing is written */
export const updateChannel = (
  { db, clock }: DbDeps,
  id: string,
  where: Omit<Prisma.NotificationChannelWhereInput, 'id'>,
  data: Prisma.NotificationChannelUpdateManyMutationInput,
  audit: AuditEntry,
): Promise<boolean> => {
  const at = clock.now()
  return audited(db, audit, at, (tx) =>
    tx.notificationChannel.updateMany({ where: { ...where, id: named(id) }, data: { ...data, updatedAt: at } }),
  )
}

/** Deletes a channel with its reminders. @returns false if there is no such channel */
export const deleteChannel = (db: Db, id: string, at: Date, audit: AuditEntry): Promise<boolean> =>
  audited(db, audit, at, (tx) => removeChannel(tx, id, at))

/** @param fault null if the test message was sent */
export async function noteTest(
  db: Db,
  id: string,
  at: Date,
  fault: { code: string; evidence: string } | null,
  audit: AuditEntry,
): Promise<void> {
  const note = fault && { code: fault.code, evidence: fault.evidence, at: at.toISOString() }
  await db.$transaction(async (tx) => {
    await tx.notificationChannel.updateMany({
      where: { id: named(id) },
      data: { lastFault: note ?? Prisma.DbNull, ...(fault === null && { lastSentAt: at }) },
    })
    await appendAudit(tx, audit, at)
  })
}

/** Deletes a channel with its reminders and with their messages that have not been sent. */
async function removeChannel(tx: Tx, id: string, at: Date): Promise<{ count: number }> {
  const queued = await tx.reminder.findMany({
    where: { channelId: named(id), state: 'queued' },
    select: { id: true },
  })
  await takeOut(
    tx,
    queued.map((row) => row.id),
    at,
  )
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
  const isKnown = (address: string) => known.some((channel) => channel.address === address)
  await tx.notificationChannel.createMany({
    data: owners
      .filter((address) => !isKnown(address))
      .map((address) => ({
        id: newId(),
        kind: 'mail',
        name: address,
        address,
        locale,
        ownerOnly: true,
        createdBy: by,
        createdAt: at,
        updatedAt: at,
      })),
  })
  const credentials = await tx.credential.findMany({ where: { removedAt: null }, select: { owners: true } })
  const current = new Set([...credentials.flatMap((row) => row.owners), ...(await keyOwners(tx))])
  for (const { id, address } of known) if (!current.has(address ?? '')) await removeChannel(tx, id, at)
}

/** In lower case, as owners of credentials are. */
export const ownersOf = (owner: string | null): string[] => (owner === null ? [] : [owner.toLowerCase()])

/** Of every key that expires, also while its client is disabled, so that no reminder is sent again when it is enabled. */
export async function keyOwners(tx: Tx): Promise<string[]> {
  const where = { way: 'api-key', removedAt: null, expiresAt: { not: null } }
  const rows = await tx.client.findMany({ where, select: { owner: true } })
  return [...new Set(rows.flatMap(({ owner }) => ownersOf(owner)))]
}
