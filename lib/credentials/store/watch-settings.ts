import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import type { Db, DbDeps } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import { inOneStep } from '../../db/one-step'
import { pick } from '../../kernel/pick'
import { ok, type Result } from '../../kernel/result'
import { type Conflict, refuse } from './credentials'

/** The only row; the migration made it. */
const ROW = { id: 1 } as const

/** What is watched, and when people are notified. */
export type Watch = ReturnType<typeof watchOf>
const watchOf = (row: Prisma.CredentialWatchGetPayload<object>) => ({
  /** Largest first. The expiry itself is 0 and always among them. */
  thresholdsDays: [...row.thresholdsDays].sort((a, b) => b - a),
  ...pick(row, 'inventory', 'version', 'updatedBy', 'updatedAt'),
  /** Credentials are rotated automatically that many days before they expire; null if never. */
  rotateDaysBefore: row.rotateDaysBefore,
})

export const readWatch = async (db: Db): Promise<Watch> =>
  watchOf(await db.credentialWatch.findUniqueOrThrow({ where: ROW }))

/** @param basedOn version the change was made on */
export async function updateWatch(
  { db, clock }: DbDeps,
  { thresholdsDays, inventory, rotateDaysBefore }: Pick<Watch, 'thresholdsDays' | 'inventory' | 'rotateDaysBefore'>,
  { basedOn, by, audit }: { basedOn: number; by: string; audit: AuditEntry },
): Promise<Result<{ version: number }, Conflict>> {
  const version = basedOn + 1
  const updated = await inOneStep<void, Conflict>(db, async (tx) => {
    const now = clock.now()
    const { count } = await tx.credentialWatch.updateMany({
      where: { ...ROW, version: basedOn },
      data: { thresholdsDays, inventory, rotateDaysBefore, version, updatedBy: by, updatedAt: now },
    })
    if (count !== 1) refuse()
    await appendAudit(tx, audit, now)
  })
  return updated.ok ? ok({ version }) : updated
}
