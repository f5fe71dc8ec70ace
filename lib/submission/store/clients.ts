import { type Db, named, type Prisma, type Tx } from '../../db'
import { CHOICES_MAX, compareNames, isUuid } from '../../kernel'
import { keepOwnerChannels, keyOwners } from '../../notifications/store/channels'
import { CLIENT_KINDS, CLIENT_WAYS, type Client, FAILURE_REPORTS, SCOPES } from '../client'
import { reportLocale } from './failure-reports'

export const OMIT = { secretHash: true, removedAt: true, expiryVersion: true, firstMessageAt: true } as const
const NOT_REMOVED = { removedAt: null } as const
export const existing = (id: string) => ({ id: named(id), ...NOT_REMOVED })

async function clientsWhere(db: Db, where: Prisma.ClientWhereInput): Promise<Client[]> {
  const wanted = { ...where, ...NOT_REMOVED }
  const rows = await db.client.findMany({ where: wanted, omit: OMIT, orderBy: { createdAt: 'asc' } })
  return rows.map(clientOf)
}

/** Clients in the order of their names, without those of learning mode. */
export const listClients = async (db: Db, ids?: readonly string[]): Promise<Client[]> =>
  (await clientsWhere(db, { learningUntil: null, ...(ids && { id: { in: [...ids] } }) })).sort((a, b) =>
    compareNames(a.name, b.name),
  )

/** Those that may send from one of these addresses, or were last seen there, oldest first. */
export const clientsSeenAt = (db: Db, addresses: readonly string[]): Promise<Client[]> => {
  const OR = [{ networks: { isEmpty: false } }, { lastAddress: { in: [...addresses] } }]
  return clientsWhere(db, { learningUntil: null, way: { in: ['login', 'network'] }, OR })
}

export type KnownClient = Awaited<ReturnType<typeof knownClients>>[number]
/** What shows which client is meant by a name or by a sender, oldest first. */
export const knownClients = (db: Db) =>
  db.client.findMany({
    where: { ...NOT_REMOVED, learningUntil: null },
    select: { id: true, name: true, senders: true, disabledAt: true },
    orderBy: { createdAt: 'asc' },
  })

async function newest(db: Db | Tx, where: Prisma.ClientWhereInput): Promise<Client | null> {
  const wanted = { ...where, ...NOT_REMOVED }
  const row = await db.client.findFirst({ where: wanted, omit: OMIT, orderBy: { createdAt: 'desc' } })
  return row && clientOf(row)
}

/** Null if there is no such client, or if it was removed. */
export const readClient = (db: Db | Tx, id: string) => newest(db, { id: named(id) })

/** The client with this user name, in any case, and the digest of its password. */
export async function readByLogin(db: Db, login: string): Promise<{ client: Client; secretHash: string } | null> {
  const row = await db.client.findFirst({
    where: { login: named(login.toLowerCase()), ...NOT_REMOVED },
    omit: { ...OMIT, secretHash: false },
  })
  return row?.secretHash ? { client: clientOf(row), secretHash: row.secretHash } : null
}

export const idOfLogin = async (db: Db, login: string): Promise<string | null> =>
  (await readByLogin(db, login))?.client.id ?? null

export const readByKey = (db: Db, secretHash: string) => newest(db, { secretHash: named(secretHash), way: 'api-key' })

/** The newest learning mode, running or over. */
export const readLearning = (db: Db | Tx) => newest(db, { learningUntil: { not: null } })

/** Clients that submit without a login, and that of learning mode, even when it is over. */
export const networkClients = (db: Db): Promise<Client[]> => clientsWhere(db, { way: 'network', disabledAt: null })

/** The names of clients by id, including removed ones. */
export async function clientNames(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.client.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } })
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/**
 * The names of clients by id, in the order of the names, without those of learning mode: all, or if there are more than a list of choices has,
 * one more than that and the one that is wanted. All are read if a name is wanted, since only this program compares names in any case.
 *
 * @param wanted the id or the name of a client, or empty
 */
export async function namesToChoose(db: Db, wanted: string): Promise<ReadonlyMap<string, string>> {
  const where = { ...NOT_REMOVED, learningUntil: null }
  const [select, isName] = [{ id: true, name: true }, wanted !== '' && !isUuid(wanted)]
  const rows = await db.client.findMany({ where, select, ...(!isName && { take: CHOICES_MAX + 1 }) })
  const chosen = isUuid(wanted) ? await db.client.findMany({ where: { ...where, id: wanted }, select }) : []
  const byName = [...rows, ...chosen].sort((a, b) => compareNames(a.name, b.name))
  return new Map(byName.map(({ id, name }) => [id, name]))
}

/** Each owner of a key that expires has a mail channel. Its language is at first that of the reports about failures. */
export async function keepKeyOwners(tx: Tx, by: string, at: Date): Promise<void> {
  await keepOwnerChannels(tx, { owners: await keyOwners(tx), locale: await reportLocale(tx), by }, at)
}

/** What clients were last seen doing, by client id. */
export interface Sighting {
  id: string
  at: Date
  address: string
  /** Its newest refusal; null if there was none. */
  error: { code: string; at: Date } | null
}

/** Writes sightings of several clients in one statement. An older one does not replace a newer one. */
export async function noteSightings(db: Db, sightings: readonly Sighting[]): Promise<void> {
  if (sightings.length === 0) return
  await db.$executeRaw`
    UPDATE "Client" c SET "lastSeenAt" = greatest(c."lastSeenAt", seen."at"),
      "lastAddress" = CASE WHEN c."lastSeenAt" > seen."at" THEN c."lastAddress" ELSE seen."address" END,
      "lastErrorAt" = greatest(c."lastErrorAt", seen."errorAt"),
      "lastError" = CASE WHEN seen."errorAt" IS NULL OR c."lastErrorAt" > seen."errorAt" THEN c."lastError" ELSE seen."error" END
    FROM unnest(${sightings.map(({ id }) => id)}::uuid[], ${sightings.map(({ at }) => at)}::timestamptz[],
      ${sightings.map(({ address }) => address)}::text[], ${sightings.map(({ error }) => error?.code ?? null)}::text[],
      ${sightings.map(({ error }) => error?.at ?? null)}::timestamptz[])
      AS seen("id", "at", "address", "error", "errorAt")
    WHERE c."id" = seen."id"`
}

/** Stores when the first message of each client was accepted. To run before old messages are removed, which would forget it. */
export async function noteFirstMessages(db: Db): Promise<void> {
  await db.$executeRaw`
    UPDATE "Client" c SET "firstMessageAt" = first."acceptedAt"
    FROM (SELECT id, (SELECT m."acceptedAt" FROM "Message" m WHERE m."clientId" = "Client".id ORDER BY m."id" LIMIT 1) AS "acceptedAt"
      FROM "Client" WHERE "firstMessageAt" IS NULL) AS first
    WHERE c."id" = first.id AND first."acceptedAt" IS NOT NULL`
}

const known = <const T extends string>(values: readonly T[], text: string, otherwise: T): T =>
  values.find((value) => value === text) ?? otherwise

export const clientOf = (row: Prisma.ClientGetPayload<{ omit: typeof OMIT }>): Client => ({
  ...row,
  way: known(CLIENT_WAYS, row.way, 'login'),
  kind: known(CLIENT_KINDS, row.kind, 'other'),
  failureReport: known(FAILURE_REPORTS, row.failureReport, 'nobody'),
  scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
})
