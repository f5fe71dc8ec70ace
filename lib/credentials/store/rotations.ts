import { appendAudit } from '../../audit/store/log'
import { Prisma } from '../../db/generated/client'
import { type AddFault, type CredentialStore, isLedByClock, ROTATION_WAYS, type RotationChange } from '../ports'
import type { CredentialStoreDeps } from './deps'
import { rotationOf } from './rows'
import { inOneStep, refuse } from './slots'

const LED_BY_CLOCK = ROTATION_WAYS.filter((way) => isLedByClock({ way }))

type RotationsPart = Pick<
  CredentialStore,
  'rotation' | 'openRotation' | 'rotations' | 'beginRotation' | 'stepRotation' | 'claimRotation'
>

export function rotations({ db, clock, crash }: CredentialStoreDeps): RotationsPart {
  return {
    async rotation(id) {
      const row = await db.rotation.findUnique({ where: { id } })
      return row && rotationOf(row)
    },

    async openRotation(mailServerId) {
      const row = await db.rotation.findFirst({ where: { mailServerId, endedAt: null } })
      return row && rotationOf(row)
    },

    async rotations(mailServerId, rows) {
      const found = await db.rotation.findMany({
        where: { mailServerId },
        orderBy: [{ startedAt: 'desc' }, { id: 'desc' }],
        take: rows,
      })
      return found.map(rotationOf)
    },

    async beginRotation({ startedBy, ...begun }, audit, told) {
      const step = await inOneStep<void, AddFault>(db, async (tx) => {
        const now = clock.now()
        await tx.$queryRaw`SELECT 1 FROM "MailServer" WHERE "id" = ${begun.mailServerId}::uuid FOR UPDATE`
        // One that only waits for a person to remove its former credential does not stand in the way. One that the clock leads
        // does: it may have come so far between the look and this lock, and nobody else removes its former one at Microsoft.
        await tx.rotation.updateMany({
          where: { mailServerId: begun.mailServerId, step: 'current', endedAt: null, way: { notIn: LED_BY_CLOCK } },
          data: { step: 'done', endedAt: now, updatedAt: now, nextTryAt: null },
        })
        const open = await tx.rotation.count({ where: { mailServerId: begun.mailServerId, endedAt: null } })
        if (open > 0) refuse('rotation-open')
        await tx.rotation.create({
          data: { ...begun, step: 'asking', startedBy: startedBy as object, startedAt: now, updatedAt: now },
        })
        if (told)
          await tx.credential.updateMany({
            where: { id: told.credentialId, mailServerId: begun.mailServerId },
            data: { applicationObjectId: told.applicationObjectId },
          })
        if (audit) await appendAudit(tx, audit, now)
      })
      return step.ok ? step : { ok: false, error: 'rotation-open' }
    },

    stepRotation: ({ id, step }, change, audit) =>
      inOneStep(db, async (tx) => {
        const now = clock.now()
        const { count } = await tx.rotation.updateMany({
          where: { id, step, endedAt: null },
          data: { ...columnsOf(change), updatedAt: now },
        })
        if (count !== 1) refuse()
        crash('step-rotation:row')
        if (audit) await appendAudit(tx, audit, now)
        crash('step-rotation:audit')
      }),

    async claimRotation(now, leaseMs) {
      const [row] = await db.$queryRaw<{ id: string }[]>`
        UPDATE "Rotation" SET "nextTryAt" = ${new Date(now.getTime() + leaseMs)}
        WHERE "id" = (
          SELECT "id" FROM "Rotation" WHERE "endedAt" IS NULL AND "nextTryAt" <= ${now}
          ORDER BY "nextTryAt" LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING "id"`
      const claimed = row && (await db.rotation.findUnique({ where: { id: row.id } }))
      return claimed ? rotationOf(claimed) : null
    },
  }
}

/** Only what the change names. */
function columnsOf({ fault, ...change }: RotationChange): Prisma.RotationUpdateManyMutationInput {
  const columns = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  if (fault === undefined) return columns
  return { ...columns, fault: fault === null ? Prisma.DbNull : { ...fault } }
}
