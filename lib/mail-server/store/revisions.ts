import { type Db, type Prisma, read } from '../../db'
import { pick } from '../../kernel'
import { storedSettings } from '../../kernel/mail-server-settings'
import type { OneServer } from '../deps'
import { credentialOf, type SavedCredential } from './settings'
import { digestsOf, verifiedDigests } from './test-runs'

type RevisionRow = Pick<
  Prisma.MailServerRevisionGetPayload<object>,
  'number' | 'settings' | 'credentialId' | 'digest' | 'savedBy' | 'savedAt'
>

export async function loadRevision(db: Db, mailServerId: string, number: number): Promise<StoredRevision | null> {
  const [row] = await read(db)<RevisionRow>`/* prepared: mail-server-revision */
    SELECT "number", "settings", "credentialId", "digest", "savedBy", "savedAt" FROM "MailServerRevision"
    WHERE "mailServerId" = ${mailServerId}::uuid AND "number" = ${number}`
  return row ? revisionOf(row) : null
}

/** The credential that a revision names. */
export async function loadCredential(db: Db, id: string): Promise<SavedCredential | null> {
  const row = await db.credential.findUnique({ where: { id } })
  return row && credentialOf(row)
}

export type RevisionSummary = Awaited<ReturnType<typeof listRevisions>>['rows'][number]
/** Newest first, each with the one before it. */
export async function listRevisions(
  { id: mailServerId, db }: OneServer,
  { page, size }: { page: number; size: number },
) {
  const where = { mailServerId }
  const [rows, total] = await Promise.all([
    db.mailServerRevision.findMany({ where, orderBy: { number: 'desc' }, skip: (page - 1) * size, take: size + 1 }),
    db.mailServerRevision.count({ where }),
  ])
  const verified = await verifiedDigests(db, rows.flatMap(digestsOf))
  const summaries = rows.map((row) => ({
    ...pick(revisionOf(row), 'number', 'savedAt', 'savedBy', 'settings', 'credentialId'),
    restored: row.restored,
    verified: digestsOf(row).some((digest) => verified.has(digest)),
  }))
  return { rows: summaries.slice(0, size).map((row, at) => ({ ...row, before: summaries[at + 1] ?? null })), total }
}

/** The newest revision that an accepted test with a real message has verified; null if there is none. */
export async function lastVerifiedRevision(db: Db, mailServerId: string): Promise<StoredRevision | null> {
  const [row] = await read(db)<RevisionRow>`/* prepared: last-verified-revision */
    SELECT r."number", r."settings", r."credentialId", r."digest", r."savedBy", r."savedAt"
    FROM "MailServerRevision" r
    WHERE r."mailServerId" = ${mailServerId}::uuid AND EXISTS (
      SELECT 1 FROM "TestRun" t WHERE t."digest" IN (r."digest", r."verifiedLike") AND t."outcome" = 'accepted' AND NOT t."dryRun")
    ORDER BY r."number" DESC LIMIT 1`
  return row ? revisionOf(row) : null
}

export type StoredRevision = ReturnType<typeof revisionOf>
const revisionOf = (row: RevisionRow) => ({
  ...pick(row, 'number', 'credentialId', 'digest', 'savedBy', 'savedAt'),
  /** Null if the stored value cannot be read. */
  settings: storedSettings(row.settings),
})
