import type { Tx } from '../../db/client'

/** In lower case, as owners of credentials are. */
export const ownersOf = (owner: string | null): string[] => (owner === null ? [] : [owner.toLowerCase()])

/** Of every key that expires, also while its client is disabled, so that no reminder is sent again when it is enabled. */
export async function keyOwners(tx: Tx): Promise<string[]> {
  const where = { way: 'api-key', removedAt: null, expiresAt: { not: null } }
  const rows = await tx.client.findMany({ where, select: { owner: true } })
  return [...new Set(rows.flatMap(({ owner }) => ownersOf(owner)))]
}
