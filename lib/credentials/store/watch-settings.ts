import type { AuditEntry } from '../../audit/entry'
import { audited } from '../../audit/store/log'
import type { Db, DbDeps, Tx } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import { pick } from '../../kernel'

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

/** @returns false if someone else saved since version `basedOn` */
export const updateWatch = (
  { db, clock }: DbDeps,
  change: Pick<Watch, 'thresholdsDays' | 'inventory' | 'rotateDaysBefore'>,
  { basedOn, by, audit }: { basedOn: number; by: string; audit: AuditEntry },
): Promise<boolean> => {
  const now = clock.now()
  const data = { ...change, version: basedOn + 1, updatedBy: by, updatedAt: now }
  const save = (tx: Tx) => tx.credentialWatch.updateMany({ where: { ...ROW, version: basedOn }, data })
  return audited(db, audit, now, save, 'conflict')
}
