import type { AuditEntry } from '../../audit/entry'
import { appendAudit, audited } from '../../audit/store/log'
import { keepOwnerChannels, keyOwners } from '../../credentials/store/channels'
import type { Db, Tx } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import type { ClientModel } from '../../db/generated/models'
import { named } from '../../db/one-row'
import { inUniqueStep } from '../../db/unique-step'
import { CLIENT_KINDS, CLIENT_WAYS, type Client, type ClientSettings, FAILURE_REPORTS, SCOPES } from '../client'
import { reportLocale } from './failure-reports'

export interface NewClient
  extends ClientSettings,
    Pick<ClientModel, 'id' | 'login' | 'secretHash' | 'hint' | 'createdBy'>,
    Pick<Client, 'way'> {}

export const OMIT = { secretHash: true, removedAt: true, expiryVersion: true, firstMessageAt: true } as const
const NOT_REMOVED = { removedAt: null } as const

/** By name, without those of learning mode. */
export async function listClients(db: Db): Promise<Client[]> {
  const rows = await db.client.findMany({
    where: { ...NOT_REMOVED, learningUntil: null },
    omit: OMIT,
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
  return rows.map(clientOf)
}

/** Null if there is no such client, or if it was removed. */
export async function readClient(db: Db | Tx, id: string): Promise<Client | null> {
  const row = await db.client.findFirst({ where: { id: named(id), ...NOT_REMOVED }, omit: OMIT })
  return row && clientOf(row)
}

/** The client with this user name, and the digest of its password. */
export async function readByLogin(db: Db, login: string): Promise<{ client: Client; secretHash: string } | null> {
  const row = await db.client.findFirst({
    where: { login: named(login), ...NOT_REMOVED },
    omit: { ...OMIT, secretHash: false },
  })
  return row?.secretHash ? { client: clientOf(row), secretHash: row.secretHash } : null
}

/** The client with this API key. */
export async function readByKey(db: Db, secretHash: string): Promise<Client | null> {
  const row = await db.client.findFirst({
    where: { secretHash: named(secretHash), way: 'api-key', ...NOT_REMOVED },
    omit: OMIT,
  })
  return row && clientOf(row)
}

/** Clients that submit without a login, and that of learning mode, even when it is over. */
export async function networkClients(db: Db): Promise<Client[]> {
  const rows = await db.client.findMany({
    where: { way: 'network', disabledAt: null, ...NOT_REMOVED },
    omit: OMIT,
    orderBy: { createdAt: 'asc' },
  })
  return rows.map(clientOf)
}

/** The names of clients by id, including removed ones. */
export async function clientNames(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.client.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } })
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** @returns false if another client has the name */
export async function insertClient(db: Db, client: NewClient, at: Date, audit: AuditEntry): Promise<boolean> {
  const inserted = await inUniqueStep(db, 'name-taken', async (tx) => {
    await tx.client.create({ data: { ...client, createdAt: at, secretAt: client.secretHash === null ? null : at } })
    await keepKeyOwners(tx, client.createdBy, at)
    await appendAudit(tx, audit, at)
  })
  return inserted.ok
}

/** Saves settings over the version that the form showed. */
export async function updateClient(
  db: Db,
  { id, version }: { id: string; version: number },
  settings: ClientSettings,
  { at, by, isExpiryChanged, audit }: { at: Date; by: string; isExpiryChanged: boolean; audit: AuditEntry },
): Promise<'done' | 'stale' | 'name-taken'> {
  const saved = await inUniqueStep(db, 'name-taken' as const, async (tx) => {
    const { count } = await tx.client.updateMany({
      where: { id: named(id), version, ...NOT_REMOVED },
      data: { ...settings, version: { increment: 1 }, ...(isExpiryChanged && COUNTED) },
    })
    if (count === 0) return 'stale'
    await keepKeyOwners(tx, by, at)
    await appendAudit(tx, audit, at)
    return 'done'
  })
  return saved.ok ? saved.value : saved.error
}

/** What happens to a client as a whole. @returns false if it is not there, or the change was made before */
export const markClient = (
  db: Db,
  id: string,
  mark:
    | { disabledAt: Date | null }
    | { removedAt: Date }
    | { secretHash: string; hint: string | null; secretAt: Date; expiresAt: Date | null },
  { at, by }: { at: Date; by: string },
  audit: AuditEntry,
): Promise<boolean> =>
  audited(db, audit, at, async (tx) => {
    const where: Prisma.ClientWhereInput = { id: named(id), ...NOT_REMOVED }
    if ('disabledAt' in mark) where.disabledAt = mark.disabledAt === null ? { not: null } : null
    const data: Prisma.ClientUpdateManyMutationInput = { ...mark, version: { increment: 1 } }
    // The secret of a removed client is not usable, and its user name is free again.
    if ('removedAt' in mark) Object.assign(data, { login: null, secretHash: null })
    if ('secretHash' in mark) Object.assign(data, COUNTED)
    const marked = await tx.client.updateMany({ where, data })
    if (marked.count === 1 && 'removedAt' in mark) await keepKeyOwners(tx, by, at)
    return marked
  })

/** Another expiry date, or another key: reminders start again. */
const COUNTED = { expiryVersion: { increment: 1 } } as const

/** Each owner of a key that expires has a mail channel. Its language is at first that of the reports about failures. */
async function keepKeyOwners(tx: Tx, by: string, at: Date): Promise<void> {
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
    UPDATE "Client" c SET "lastSeenAt" = greatest(c."lastSeenAt", seen."at"), "lastAddress" = seen."address",
      "lastErrorAt" = coalesce(seen."errorAt", c."lastErrorAt"),
      "lastError" = coalesce(seen."error", c."lastError")
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

type ClientRow = Prisma.ClientGetPayload<{ omit: typeof OMIT }>

const known = <const T extends string>(values: readonly T[], text: string, otherwise: T): T =>
  values.find((value) => value === text) ?? otherwise

export const clientOf = (row: ClientRow): Client => ({
  ...row,
  way: known(CLIENT_WAYS, row.way, 'login'),
  kind: known(CLIENT_KINDS, row.kind, 'other'),
  failureReport: known(FAILURE_REPORTS, row.failureReport, 'nobody'),
  scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
})

/** The newest one, running or over. */
export async function readLearning(db: Db): Promise<Client | null> {
  const row = await db.client.findFirst({
    where: { learningUntil: { not: null }, removedAt: null },
    omit: OMIT,
    orderBy: { createdAt: 'desc' },
  })
  return row && clientOf(row)
}

/** Adds the client of a learning mode, and removes that of an older one. */
export const insertLearning = (
  db: Db,
  client: ClientSettings & { id: string; learningUntil: Date; createdBy: string },
  at: Date,
  audit: AuditEntry,
): Promise<void> =>
  db.$transaction(async (tx) => {
    await tx.client.updateMany({ where: { learningUntil: { not: null }, removedAt: null }, data: { removedAt: at } })
    await tx.client.create({ data: { ...client, way: 'network', createdAt: at } })
    await appendAudit(tx, audit, at)
  })

/** @returns false if it is not running */
export const stopLearning = (db: Db, id: string, at: Date, audit: AuditEntry): Promise<boolean> =>
  audited(db, audit, at, (tx) =>
    tx.client.updateMany({ where: { id: named(id), learningUntil: { gt: at } }, data: { learningUntil: at } }),
  )
