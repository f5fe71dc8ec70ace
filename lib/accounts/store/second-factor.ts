import { type Db, named, type Tx } from '../../db'
import { newId, pick } from '../../kernel'
import { lockOperator } from './operators'

export async function readSecondFactor(db: Db | Tx, operatorId: string) {
  const row = await db.twoFactor.findUnique({ where: { userId: operatorId } })
  return row && pick(row, 'secret', 'verified', 'expiresAt', 'backupCodes')
}

/** One that counts once a code from it has been entered, in place of one that was not confirmed. */
export async function putSecondFactor(
  tx: Tx,
  operatorId: string,
  factor: { secret: string; backupCodes: string; expiresAt: Date },
) {
  const fresh = { ...factor, verified: false, lastUsedStep: null }
  const where = { userId: operatorId }
  await tx.twoFactor.upsert({ where, create: { id: newId(), ...where, ...fresh }, update: fresh })
}

/** The seed that waits for its first code. */
export const dropSeed = (tx: Tx, operatorId: string) =>
  tx.twoFactor.deleteMany({ where: { userId: named(operatorId), verified: false } })

export async function confirmSecondFactor(tx: Tx, operatorId: string) {
  await tx.twoFactor.update({ where: { userId: operatorId }, data: { verified: true } })
  await tx.operator.update({ where: { id: operatorId }, data: { twoFactorEnabled: true } })
}

export const putBackupCodes = (tx: Tx, operatorId: string, backupCodes: string) =>
  tx.twoFactor.update({ where: { userId: operatorId }, data: { backupCodes } })

/** @returns false if this time step or a later one was used before */
export async function spendStep(tx: Tx, operatorId: string, step: number) {
  const { count } = await tx.twoFactor.updateMany({
    where: { userId: operatorId, OR: [{ lastUsedStep: null }, { lastUsedStep: { lt: step } }] },
    data: { lastUsedStep: step },
  })
  return count === 1
}

/** @returns whether a confirmed one was removed */
export async function removeSecondFactor(tx: Tx, operatorId: string) {
  const wasConfirmed = await lockOperator(tx, operatorId)
  await tx.twoFactor.deleteMany({ where: { userId: operatorId } })
  await tx.operator.update({ where: { id: operatorId }, data: { twoFactorEnabled: false } })
  return wasConfirmed
}

/** The operator whose password was correct and whose code is awaited. */
export async function readChallenge(db: Db | Tx, identifier: string, now: Date) {
  const row = await db.verification.findFirst({ where: { identifier, expiresAt: { gt: now } } })
  return row && { operatorId: row.value }
}

export const putChallenge = (tx: Tx, identifier: string, operatorId: string, expiresAt: Date) =>
  tx.verification.create({ data: { id: newId(), identifier, value: operatorId, expiresAt } })

export const dropChallenge = (tx: Tx, identifier: string) => tx.verification.deleteMany({ where: { identifier } })
