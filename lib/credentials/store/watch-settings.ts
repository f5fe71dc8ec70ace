import type { Db } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import { ONLY_ROW } from '../../db/one-row'
import { pick } from '../../kernel'

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
  watchOf(await db.credentialWatch.findUniqueOrThrow({ where: ONLY_ROW }))
