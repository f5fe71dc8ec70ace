import type { Db, Tx } from '../../db'

/** The link of the first administrator has no operator. */
export async function readSetupToken(db: Db | Tx, tokenHash: string, now: Date) {
  const row = await db.setupToken.findFirst({ where: { tokenHash, expiresAt: { gt: now } } })
  return row && { operatorId: row.operatorId }
}

export const putSetupToken = (tx: Tx, token: { tokenHash: string; operatorId: string | null; expiresAt: Date }) =>
  tx.setupToken.create({ data: token })

/** Uses up a link. If it is used several times at once, one use succeeds. */
export async function takeSetupToken(tx: Tx, tokenHash: string) {
  const { count } = await tx.setupToken.deleteMany({ where: { tokenHash } })
  return count === 1
}

export const dropSetupTokens = (tx: Tx, operatorId: string) => tx.setupToken.deleteMany({ where: { operatorId } })
