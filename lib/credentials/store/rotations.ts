import { type AuditEntry, appendAudit } from '../../audit'
import { type Db, type DbDeps, inOneStep, Prisma, rollBack, type Tx } from '../../db'
import { type Actor, pick, type Result } from '../../kernel'
import { storedSettings } from '../../kernel/mail-server-settings'
import {
  isEnd,
  isLedByWorker,
  ROTATION_WAYS,
  type RotationFaultNote,
  type RotationStep,
  type RotationWay,
  stepsBefore,
} from '../rotation/rotation'
import { type Conflict, refuse } from './credentials'
import { lockServer } from './servers'

export const LED_BY_WORKER = ROTATION_WAYS.filter((way) => isLedByWorker({ way }))

/** A change of credential. Each mail server has at most one that has not ended. */
export type Rotation = ReturnType<typeof rotationOf>
const rotationOf = (row: Prisma.RotationGetPayload<object>) => ({
  ...pick(row, 'id', 'mailServerId', 'nextId', 'previousId', 'automatic', 'startedAt', 'updatedAt', 'endedAt'),
  ...pick(row, 'label', 'nextAttemptAt'),
  way: row.way as RotationWay,
  step: row.step as RotationStep,
  startedBy: row.startedBy as unknown as Actor,
  fault: row.fault as unknown as RotationFaultNote | null,
})

export type RotationChange = Partial<
  Pick<Rotation, 'step' | 'nextId' | 'previousId' | 'nextAttemptAt' | 'fault' | 'label'>
>

export async function readRotation(db: Db, id: string): Promise<Rotation | null> {
  const row = await db.rotation.findUnique({ where: { id } })
  return row && rotationOf(row)
}

export async function openRotation(db: Db, mailServerId: string): Promise<Rotation | null> {
  const row = await db.rotation.findFirst({ where: { mailServerId, endedAt: null } })
  return row && rotationOf(row)
}

export const openRotations = async (db: Db): Promise<Rotation[]> =>
  (await db.rotation.findMany({ where: { endedAt: null } })).map(rotationOf)

export async function listRotations(db: Db, mailServerId: string, limit: number): Promise<Rotation[]> {
  const rows = await db.rotation.findMany({
    where: { mailServerId },
    orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
    take: limit,
  })
  return rows.map(rotationOf)
}

/**
 * Begins a rotation that has no new credential yet, at the step `asking`.
 *
 * @param applicationObjectId what the administrator gave for the current credential, or null if nothing
 */
export async function insertRotation(
  { db, clock }: DbDeps,
  rotation: Pick<
    Rotation,
    'id' | 'mailServerId' | 'previousId' | 'way' | 'label' | 'automatic' | 'startedBy' | 'nextAttemptAt'
  >,
  applicationObjectId: string | null,
  audit: AuditEntry,
): Promise<Result<void, { kind: 'rotation-open' | 'no-server' }>> {
  const { mailServerId, previousId } = rotation
  return inOneStep(db, async (tx) => {
    const now = clock.now()
    if (!(await lockServer(tx, mailServerId))) rollBack({ kind: 'no-server' })
    // A rotation that only waits for a person to remove its previous credential ends. One that the worker leads does not: it may
    // have reached this step after it was read, and then the previous credential would never be removed at Microsoft.
    await endWaiting(tx, mailServerId, now, { notIn: LED_BY_WORKER })
    await tx.rotation.create({ data: { ...rotation, step: 'asking', startedAt: now, updatedAt: now } })
    if (applicationObjectId !== null && previousId !== null)
      await tx.credential.updateMany({ where: { id: previousId, mailServerId }, data: { applicationObjectId } })
    await appendAudit(tx, audit, now)
  })
}

/**
 * Client ID of the application that a rotation began in, or null if the mail server still signs in to it. A save of another one leaves the
 * credentials of the first without a time as fallback.
 */
export async function applicationLeft(db: Db, { mailServerId, previousId }: Rotation): Promise<string | null> {
  if (previousId === null) return null
  const left = { id: previousId, slot: 'previous', fallbackUntil: null, removedAt: null }
  if ((await db.credential.count({ where: left })) === 0) return null
  const where = { mailServerId, credentialId: previousId }
  const revision = await db.mailServerRevision.findFirst({ where, orderBy: { number: 'desc' } })
  const settings = revision && storedSettings(revision.settings)
  return settings?.type === 'exchange-online-oauth2' ? settings.clientId : null
}

/** Takes the open rotations of `where` to a step, if they are at it or at one that it may follow. The last step ends a rotation. */
export const moveRotations = (
  tx: Tx,
  where: Prisma.RotationWhereInput,
  step: RotationStep,
  now: Date,
  change: Prisma.RotationUpdateManyMutationInput = {},
): Promise<{ count: number }> =>
  tx.rotation.updateMany({
    where: { ...where, endedAt: null, AND: { step: { in: stepsBefore(step) } } },
    data: { ...change, step, updatedAt: now, ...(isEnd(step) && { endedAt: now, nextAttemptAt: null }) },
  })

/** A rotation whose only open step is to remove the previous credential does not prevent the next rotation. */
export async function endWaiting(tx: Tx, mailServerId: string, now: Date, way?: { notIn: string[] }): Promise<void> {
  await moveRotations(tx, { mailServerId, step: 'current', ...(way && { way }) }, 'done', now)
  if ((await tx.rotation.count({ where: { mailServerId, endedAt: null } })) > 0) refuse({ kind: 'rotation-open' })
}

/**
 * Ends the rotation that only waits for the removal of the credential that mail returns to.
 *
 * @returns false while Microsoft is being asked to remove that very credential
 */
export async function endForReturn(
  tx: Tx,
  { mailServerId, credentialId }: { mailServerId: string; credentialId: string },
  now: Date,
): Promise<boolean> {
  const itsRemoval = { mailServerId, previousId: credentialId, endedAt: null }
  await moveRotations(tx, { ...itsRemoval, step: 'current' }, 'given-up', now)
  // Counted afterwards, because the change above waits for a worker that takes this step at the same moment.
  return (await tx.rotation.count({ where: { ...itsRemoval, step: 'removing' } })) === 0
}

/**
 * Refused if the rotation is no longer at the step at which it was read.
 *
 * @param still what else must be as it was read
 */
export const stepRotation = (
  { db, clock }: DbDeps,
  { id, step }: Pick<Rotation, 'id' | 'step'>,
  change: RotationChange,
  audit: AuditEntry | null = null,
  still: Partial<Pick<Rotation, 'nextAttemptAt'>> = {},
): Promise<Result<void, Conflict>> =>
  inOneStep(db, async (tx) => {
    const now = clock.now()
    const { count } = await moveRotations(tx, { id, step, ...still }, change.step ?? step, now, columnsOf(change))
    if (count !== 1) refuse()
    if (audit) await appendAudit(tx, audit, now)
  })

/** Claims one that is due, for `leaseMs`. Only one of several workers gets it, and after a crash it becomes due again. */
export async function claimRotation(db: Db, now: Date, leaseMs: number): Promise<Rotation | null> {
  const [row] = await db.$queryRaw<{ id: string }[]>`
    UPDATE "Rotation" SET "nextAttemptAt" = ${new Date(now.getTime() + leaseMs)}
    WHERE "id" = (
      SELECT "id" FROM "Rotation" WHERE "endedAt" IS NULL AND "nextAttemptAt" <= ${now}
      ORDER BY "nextAttemptAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING "id"`
  return row ? readRotation(db, row.id) : null
}

const columnsOf = ({ fault, ...change }: RotationChange): Prisma.RotationUpdateManyMutationInput => ({
  ...change,
  ...(fault !== undefined && { fault: fault === null ? Prisma.DbNull : { ...fault } }),
})
