import type { Db, Tx } from '../../db'
import { newId } from '../../kernel'

const noticeOf = (operatorId: string): string => `notice:${operatorId}`

export async function readSealedNotice(db: Db, operatorId: string, now: Date) {
  const row = await db.verification.findFirst({
    where: { identifier: noticeOf(operatorId), expiresAt: { gt: now } },
  })
  return row?.value ?? null
}

/** In place of an earlier one. */
export async function putNotice(tx: Tx, operatorId: string, sealed: string, expiresAt: Date) {
  await deleteNotice(tx, operatorId)
  await tx.verification.create({ data: { id: newId(), identifier: noticeOf(operatorId), value: sealed, expiresAt } })
}

export const deleteNotice = (db: Db | Tx, operatorId: string) =>
  db.verification.deleteMany({ where: { identifier: noticeOf(operatorId) } })
