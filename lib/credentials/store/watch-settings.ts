import { ONLY_ROW, type Prisma, type Tx } from '../../db'
import { pick } from '../../kernel'

/** What is watched, and when people are notified. */
export type Watch = ReturnType<typeof watchOf>
const watchOf = (row: Prisma.CredentialWatchGetPayload<object>) => ({
  ...pick(row, 'inventory', 'rotateDaysBefore', 'updatedBy', 'updatedAt'),
  ...pick(row, 'thresholdsVersion', 'inventoryVersion', 'rotateVersion'),
  thresholdsDays: [...row.thresholdsDays].sort((a, b) => b - a),
})

export const readWatch = async (db: Tx): Promise<Watch> =>
  watchOf(await db.credentialWatch.findUniqueOrThrow({ where: ONLY_ROW }))
