import { pickFallback } from '../../credentials/fallback'
import type { Db } from '../../db/client'
import type { Prisma } from '../../db/generated/client'
import { type CredentialKind, credentialKind } from '../../kernel/credential-kind'
import { type MailServerSettings, storedSettings } from '../../kernel/mail-server-settings'
import type { SealedText } from '../../kernel/sealing'
import { digestsOf, verifiedDigests } from './test-runs'

export interface StoredCredential {
  id: string
  kind: CredentialKind
  /** Null if the kind has no secret, or if the secret was removed. */
  sealed: SealedText | null
  kid: string | null
  /** Null unless it is a certificate. */
  thumbprint: string | null
  /** Keyed digest of destination and secret. */
  digest: string
  expiresAt: Date | null
  createdBy: string
  createdAt: Date
}

export interface StoredServer {
  id: string
  version: number
  /** Null if the stored value cannot be read. */
  settings: MailServerSettings | null
  credential: StoredCredential | null
}

export interface StoredRevision {
  number: number
  /** Null if the stored value cannot be read. */
  settings: MailServerSettings | null
  credentialId: string | null
  digest: string
  /** Digest of an earlier revision whose verification also holds for this one (docs/decisions/0006). Null if there is none. */
  verifiedLike: string | null
  savedBy: string
  savedAt: Date
}

/** What fresh tokens showed of the current credential, and how close its expiry date is. */
export interface CredentialHealth {
  refused: boolean
  /** Until when deliveries use a previous credential if Entra rejects the current one; null if none can be used. */
  fallbackUntil: Date | null
  /** The largest number of days before expiry at which a reminder is sent. */
  expiringWithinDays: number
}

/** A page of a list, counted from 1. */
export interface PageOf {
  page: number
  size: number
}

/** Null if nothing was saved yet or the mail server was removed. */
export async function loadServer(db: Db, mailServerId: string): Promise<StoredServer | null> {
  const row = await db.mailServer.findUnique({
    where: { id: mailServerId, version: { gt: 0 }, removedAt: null },
    include: { credential: true },
  })
  if (!row) return null
  const { id, version, settings, credential } = row
  return { id, version, settings: storedSettings(settings), credential: credential && credentialOf(credential) }
}

export async function loadCredential(db: Db, id: string): Promise<StoredCredential | null> {
  const row = await db.credential.findUnique({ where: { id } })
  return row && credentialOf(row)
}

export async function readCredentialHealth(db: Db, mailServerId: string, now: Date): Promise<CredentialHealth> {
  const [current, previous, watch] = await Promise.all([
    db.credential.findFirst({ where: { mailServerId, slot: 'current' }, select: { refusedAt: true } }),
    db.credential.findMany({
      where: { mailServerId, slot: 'previous', removedAt: null, fallbackUntil: { gt: now } },
      select: { acceptedAt: true, refusedAt: true, replacedAt: true, fallbackUntil: true },
    }),
    db.credentialWatch.findUniqueOrThrow({ where: { id: 1 }, select: { thresholdsDays: true } }),
  ])
  const fallback = pickFallback(previous, now)
  return {
    refused: current !== null && current.refusedAt !== null,
    fallbackUntil: fallback?.refusedAt === null ? fallback.fallbackUntil : null,
    expiringWithinDays: Math.max(0, ...watch.thresholdsDays),
  }
}

export async function loadRevision(db: Db, mailServerId: string, number: number): Promise<StoredRevision | null> {
  const row = await db.mailServerRevision.findUnique({ where: { mailServerId_number: { mailServerId, number } } })
  return row && revisionOf(row)
}

/** Newest first. */
export async function listRevisions(
  db: Db,
  mailServerId: string,
  { page, size }: PageOf,
): Promise<{ rows: (StoredRevision & { verified: boolean })[]; total: number }> {
  const where = { mailServerId }
  const [rows, total] = await Promise.all([
    db.mailServerRevision.findMany({ where, orderBy: { number: 'desc' }, skip: (page - 1) * size, take: size }),
    db.mailServerRevision.count({ where }),
  ])
  const verified = await verifiedDigests(db, rows.flatMap(digestsOf))
  return {
    rows: rows.map((row) => ({ ...revisionOf(row), verified: digestsOf(row).some((digest) => verified.has(digest)) })),
    total,
  }
}

/** The newest revision that an accepted test with a real message has verified; null if there is none. */
export async function lastVerifiedRevision(db: Db, mailServerId: string): Promise<StoredRevision | null> {
  const [row] = await db.$queryRaw<{ number: number }[]>`
    SELECT r."number" FROM "MailServerRevision" r
    WHERE r."mailServerId" = ${mailServerId}::uuid AND EXISTS (
      SELECT 1 FROM "TestRun" t WHERE t."digest" IN (r."digest", r."verifiedLike") AND t."outcome" = 'accepted' AND NOT t."dryRun")
    ORDER BY r."number" DESC LIMIT 1`
  return row ? loadRevision(db, mailServerId, row.number) : null
}

const credentialOf = (row: Prisma.CredentialGetPayload<object>): StoredCredential => ({
  id: row.id,
  kind: credentialKind(row.kind),
  sealed: row.sealed as SealedText | null,
  kid: row.kid,
  thumbprint: row.thumbprint,
  digest: row.digest,
  expiresAt: row.expiresAt,
  createdBy: row.createdBy,
  createdAt: row.createdAt,
})

const revisionOf = (row: Prisma.MailServerRevisionGetPayload<object>): StoredRevision => ({
  number: row.number,
  settings: storedSettings(row.settings),
  credentialId: row.credentialId,
  digest: row.digest,
  verifiedLike: row.verifiedLike,
  savedBy: row.savedBy,
  savedAt: row.savedAt,
})
