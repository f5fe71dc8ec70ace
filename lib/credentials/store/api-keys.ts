import type { Db } from '../../db'
import { isUuid, pick } from '../../kernel'
import { ownersOf } from '../../notifications/store/channels'
import type { Credential } from './credentials'

/** What Entra and the slots of a mail server would say of it. A key has one slot, and no one but this console decides about it. */
const NOT_AT_ENTRA = {
  slot: 'current',
  acceptedAt: null,
  refusedAt: null,
  refusedCode: null,
  foundAt: null,
  foundExpiresAt: null,
  keyId: null,
  note: '',
  replacedAt: null,
  removedAt: null,
} as const satisfies Partial<Credential>

const IN_USE = { way: 'api-key', removedAt: null, disabledAt: null, expiresAt: { not: null } } as const

/** The API keys in use that have an expiry date, or those of them with these ids, each with its client. */
export async function listApiKeys(db: Db, ids?: readonly string[]) {
  const rows = await db.client.findMany({
    where: { ...IN_USE, ...(ids && { id: { in: ids.filter(isUuid) } }) },
    omit: { secretHash: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
  return rows.map((row) => ({
    ...NOT_AT_ENTRA,
    ...pick(row, 'id', 'hint', 'createdAt', 'expiresAt', 'expiryVersion'),
    kind: 'api-key' as const,
    client: pick(row, 'id', 'name', 'senders'),
    owners: ownersOf(row.owner),
    startsAt: row.secretAt,
  }))
}

/** The same of those that expire next after a time, and how many keys in use each owner has. */
export async function nextKeys(db: Db, after: Date, max: number) {
  const [next, byOwner] = await Promise.all([
    db.client.findMany({
      where: { ...IN_USE, expiresAt: { gt: after } },
      orderBy: { expiresAt: 'asc' },
      take: max,
      select: { id: true },
    }),
    db.client.groupBy({ by: ['owner'], where: IN_USE, _count: true }),
  ])
  return {
    next: next.map(({ id }) => id),
    owned: byOwner.map(({ owner, _count: count }) => ({ owners: ownersOf(owner), count })),
  }
}

/** Ids of the `max` API keys in use whose expiry date is nearest, before or after `now`. */
export async function nearestKeys(db: Db, now: Date, max: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Client" WHERE "way" = 'api-key' AND "removedAt" IS NULL AND "disabledAt" IS NULL AND "expiresAt" IS NOT NULL
    ORDER BY abs(extract(epoch FROM "expiresAt" - ${now}::timestamptz)), "id" LIMIT ${max}`
  return rows.map(({ id }) => id)
}
