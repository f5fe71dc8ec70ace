import type { AuditEntry } from '../../audit/entry'
import { appendAudit, audited } from '../../audit/store/log'
import type { Db } from '../../db/client'
import { named } from '../../db/one-row'
import type { Client, ClientSettings } from '../client'
import { clientOf, OMIT } from './clients'

/** The newest one, running or over. */
export async function readLearning(db: Db): Promise<Client | null> {
  const row = await db.client.findFirst({
    where: { learningUntil: { not: null }, removedAt: null },
    omit: OMIT,
    orderBy: { createdAt: 'desc' },
  })
  return row && clientOf(row)
}

/** Adds the client of a learning mode, and removes that of an older one. */
export const insertLearning = (
  db: Db,
  client: ClientSettings & { id: string; learningUntil: Date; createdBy: string },
  at: Date,
  audit: AuditEntry,
): Promise<void> =>
  db.$transaction(async (tx) => {
    await tx.client.updateMany({ where: { learningUntil: { not: null }, removedAt: null }, data: { removedAt: at } })
    await tx.client.create({ data: { ...client, way: 'network', createdAt: at } })
    await appendAudit(tx, audit, at)
  })

/** @returns false if it is not running */
export const stopLearning = (db: Db, id: string, at: Date, audit: AuditEntry): Promise<boolean> =>
  audited(db, audit, at, (tx) =>
    tx.client.updateMany({ where: { id: named(id), learningUntil: { gt: at } }, data: { learningUntil: at } }),
  )
