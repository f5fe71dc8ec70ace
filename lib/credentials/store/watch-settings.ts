import type { Db } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import { pick } from '../../kernel'

/** The only row; the migration made it. */
export const ROW = { id: 1 } as const

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
