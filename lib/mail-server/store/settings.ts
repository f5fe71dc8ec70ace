import { type PreviousCredential, pickFallback } from '../../credentials/fallback'
import { type Db, read } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import { credentialKind } from '../../kernel/credential-kind'
import { type MailServerSettings, storedSettings } from '../../kernel/mail-server-settings'
import { pick } from '../../kernel/pick'
import type { SealedText } from '../../kernel/sealing'
import { digestsOf, verifiedDigests } from './test-runs'

export interface StoredServer {
  id: string
  version: number
  /** Null if the stored value cannot be read. */
  settings: MailServerSettings | null
  credential: StoredCredential | null
  /** Of the revision of this version; null if there is none. */
  revision: Pick<StoredRevision, 'digest' | 'verifiedLike'> | null
  sendersVersion: number
}

/** What fresh tokens showed of the current credential, and how close its expiry date is. */
export type CredentialHealth = Awaited<ReturnType<typeof readCredentialHealth>>

/** A page of a list, counted from 1. */
export interface PageOf {
  page: number
  size: number
}

type CredentialRow = Pick<
  Prisma.CredentialGetPayload<object>,
  'id' | 'kind' | 'sealed' | 'kid' | 'thumbprint' | 'digest' | 'expiresAt' | 'createdBy' | 'createdAt'
>
type ServerRow = Pick<StoredServer, 'version' | 'sendersVersion'> & {
  serverId: string
  settings: unknown
  revisionDigest: string | null
  verifiedLike: string | null
} & (CredentialRow | { [column in keyof CredentialRow]: null })

/** Null if nothing was saved yet or the mail server was removed. */
export async function loadServer(db: Db, mailServerId: string): Promise<StoredServer | null> {
  const [row] = await read(db)<ServerRow>`/* prepared: mail-server */
    SELECT m."id" AS "serverId", m."version", m."settings", c."id", c."kind", c."sealed", c."kid", c."thumbprint",
      c."digest", c."expiresAt", c."createdBy", c."createdAt", r."digest" AS "revisionDigest", r."verifiedLike", m."sendersVersion"
    FROM "MailServer" m LEFT JOIN "Credential" c ON c."id" = m."credentialId"
    LEFT JOIN "MailServerRevision" r ON r."mailServerId" = m."id" AND r."number" = m."version"
    WHERE m."id" = ${mailServerId}::uuid AND m."version" > 0 AND m."removedAt" IS NULL`
  if (!row) return null
  const { serverId: id, version, settings, revisionDigest: digest, verifiedLike, sendersVersion } = row
  return {
    ...{ id, version, sendersVersion },
    settings: storedSettings(settings),
    credential: row.id === null ? null : credentialOf(row),
    revision: digest === null ? null : { digest, verifiedLike },
  }
}

/** Its row stays, and its id is never used again. */
export const isRemoved = async (db: Db, id: string): Promise<boolean> =>
  (await db.mailServer.count({ where: { id, NOT: { removedAt: null } } })) > 0

export async function loadCredential(db: Db, id: string): Promise<StoredCredential | null> {
  const row = await db.credential.findUnique({ where: { id } })
  return row && credentialOf(row)
}

interface HealthRow extends PreviousCredential {
  thresholdsDays: number[]
  slot: string | null
}

export async function readCredentialHealth(db: Db, mailServerId: string, now: Date) {
  const rows = await read(db)<HealthRow>`/* prepared: credential-health */
    SELECT w."thresholdsDays", c."slot", c."acceptedAt", c."refusedAt", c."replacedAt", c."fallbackUntil"
    FROM "CredentialWatch" w LEFT JOIN "Credential" c ON c."mailServerId" = ${mailServerId}::uuid AND (c."slot" = 'current'
      OR c."slot" = 'previous' AND c."removedAt" IS NULL AND c."fallbackUntil" > ${now}::timestamptz)
    WHERE w."id" = 1`
  const current = rows.find(({ slot }) => slot === 'current')
  const fallback = pickFallback(
    rows.filter(({ slot }) => slot === 'previous'),
    now,
  )
  return {
    refused: current !== undefined && current.refusedAt !== null,
    /** Until when deliveries use a previous credential if Entra rejects the current one; null if none can be used. */
    fallbackUntil: fallback?.refusedAt === null ? fallback.fallbackUntil : null,
    /** The largest number of days before expiry at which a reminder is sent. */
    expiringWithinDays: Math.max(0, ...(rows[0]?.thresholdsDays ?? [])),
  }
}

type RevisionRow = Pick<
  Prisma.MailServerRevisionGetPayload<object>,
  'number' | 'settings' | 'credentialId' | 'digest' | 'verifiedLike' | 'savedBy' | 'savedAt'
>

/** A saved revision, as pages list it. */
export type RevisionSummary = Pick<StoredRevision, 'number' | 'savedAt' | 'savedBy' | 'settings'> & {
  verified: boolean
}

export async function loadRevision(db: Db, mailServerId: string, number: number): Promise<StoredRevision | null> {
  const [row] = await read(db)<RevisionRow>`/* prepared: mail-server-revision */
    SELECT "number", "settings", "credentialId", "digest", "verifiedLike", "savedBy", "savedAt" FROM "MailServerRevision"
    WHERE "mailServerId" = ${mailServerId}::uuid AND "number" = ${number}`
  return row ? revisionOf(row) : null
}

/** Newest first. */
export async function listRevisions(
  db: Db,
  mailServerId: string,
  { page, size }: PageOf,
): Promise<{ rows: RevisionSummary[]; total: number }> {
  const where = { mailServerId }
  const [rows, total] = await Promise.all([
    db.mailServerRevision.findMany({ where, orderBy: { number: 'desc' }, skip: (page - 1) * size, take: size }),
    db.mailServerRevision.count({ where }),
  ])
  const verified = await verifiedDigests(db, rows.flatMap(digestsOf))
  return {
    rows: rows.map((row) => {
      const { number, savedAt, savedBy, settings } = revisionOf(row)
      return { number, savedAt, savedBy, settings, verified: digestsOf(row).some((digest) => verified.has(digest)) }
    }),
    total,
  }
}

/** The newest revision that an accepted test with a real message has verified; null if there is none. */
export async function lastVerifiedRevision(db: Db, mailServerId: string): Promise<StoredRevision | null> {
  const [row] = await read(db)<RevisionRow>`/* prepared: last-verified-revision */
    SELECT r."number", r."settings", r."credentialId", r."digest", r."verifiedLike", r."savedBy", r."savedAt"
    FROM "MailServerRevision" r
    WHERE r."mailServerId" = ${mailServerId}::uuid AND EXISTS (
      SELECT 1 FROM "TestRun" t WHERE t."digest" IN (r."digest", r."verifiedLike") AND t."outcome" = 'accepted' AND NOT t."dryRun")
    ORDER BY r."number" DESC LIMIT 1`
  return row ? revisionOf(row) : null
}

export type StoredCredential = ReturnType<typeof credentialOf>
const credentialOf = (row: CredentialRow) => ({
  ...pick(row, 'id', 'kid', 'expiresAt', 'createdBy', 'createdAt'),
  kind: credentialKind(row.kind),
  /** Null if the kind has no secret, or if the secret was removed. */
  sealed: row.sealed as SealedText | null,
  /** Null unless it is a certificate. */
  thumbprint: row.thumbprint,
  /** Keyed digest of destination and secret. */
  digest: row.digest,
})

export type StoredRevision = ReturnType<typeof revisionOf>
const revisionOf = (row: RevisionRow) => ({
  ...pick(row, 'number', 'credentialId', 'digest', 'savedBy', 'savedAt'),
  /** Null if the stored value cannot be read. */
  settings: storedSettings(row.settings),
  /** Digest of an earlier revision whose verification also holds for this one (docs/decisions/0006). Null if there is none. */
  verifiedLike: row.verifiedLike,
})
