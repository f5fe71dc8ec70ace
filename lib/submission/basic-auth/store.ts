import { type AuditEntry, appendAudit, audited } from '../../audit'
import { type Db, type DbDeps, Prisma, type Tx } from '../../db'
import type { BasicAuthSenderModel } from '../../db/generated/models'
import { dayText, recordOf } from '../../kernel'
import { type Period, PROGRESS, type Progress } from './progress'
import { type Report, type ReportedSender, type ReportKind, SMTP_AUTH_SETTINGS } from './report'

/** A sender with what reports say of it, and the client that it is linked to. Days are `YYYY-MM-DD`. */
export type StoredSender = Awaited<ReturnType<typeof listSenders>>[number]

const dateOf = (day: string): Date => new Date(`${day}T00:00:00Z`)

/** Adds a report. What an older report says of a sender does not replace what a newer one says. */
export const insertReport = (
  db: Db,
  report: Report & Period & { id: string; fileName: string | null; uploadedBy: string },
  at: Date,
  audit: AuditEntry,
): Promise<void> =>
  db.$transaction(async (tx) => {
    await oneAtATime(tx)
    const { id, kind, senders, fileName, uploadedBy } = report
    await tx.basicAuthReport.create({
      data: {
        id,
        kind,
        fileName,
        senders: senders.length,
        uploadedBy,
        uploadedAt: at,
        inheriting: senders.filter(({ setting }) => setting === 'inherits').length,
        fromDay: dateOf(report.from),
        untilDay: dateOf(report.until),
      },
    })
    const column = <T>(read: (sender: ReportedSender) => T): T[] => senders.map(read)
    const addresses = column(({ address }) => address)
    await tx.$executeRaw`
      INSERT INTO "BasicAuthEntry" ("reportId", "address", "setting", "messages", "lastUseDay")
      SELECT ${id}::uuid, * FROM unnest(${addresses}::text[], ${column(({ setting }) => setting)}::text[],
        ${column(({ messages }) => Math.min(messages, 2 ** 31 - 1))}::int[],
        ${column(({ lastUse }) => lastUse)}::date[])`
    await summarise(tx, addresses)
    await appendAudit(tx, audit, at)
  })

/** Removes a report, and the senders that no other report names with their links. @returns false if there is no such report */
export const deleteReport = (deps: DbDeps, id: string, audit: AuditEntry): Promise<boolean> =>
  audited(deps, audit, async (tx) => {
    await oneAtATime(tx)
    const entries = await tx.basicAuthEntry.findMany({ where: { reportId: id }, select: { address: true } })
    const deleted = await tx.basicAuthReport.deleteMany({ where: { id } })
    const addresses = entries.map(({ address }) => address)
    await tx.$executeRaw`
      DELETE FROM "BasicAuthSender" s WHERE "address" = ANY(${addresses})
        AND NOT EXISTS (SELECT FROM "BasicAuthEntry" e WHERE e."address" = s."address")`
    await summarise(tx, addresses)
    return deleted
  })

/** Lets changes of the reports follow one another, so that the second sees the first, because each writes what all of them say together. */
const oneAtATime = (tx: Tx) => tx.$executeRaw`LOCK TABLE "BasicAuthReport" IN SHARE ROW EXCLUSIVE MODE`

/** Writes what all reports together say of these senders. */
const summarise = (tx: Tx, addresses: readonly string[]) => tx.$executeRaw`
  INSERT INTO "BasicAuthSender" ("address", "setting", "seenFrom", "seenUntil", "messages", "lastUseDay")
  SELECT e."address", (array_agg(e."setting" ORDER BY r."untilDay" DESC, r."uploadedAt" DESC) FILTER (WHERE e."setting" IS NOT NULL))[1],
    (array_agg(r."fromDay" ORDER BY r."untilDay" DESC, r."uploadedAt" DESC) FILTER (WHERE e."messages" > 0))[1],
    max(r."untilDay") FILTER (WHERE e."messages" > 0),
    coalesce((array_agg(e."messages" ORDER BY r."untilDay" DESC, r."uploadedAt" DESC) FILTER (WHERE e."messages" > 0))[1], 0),
    max(e."lastUseDay")
  FROM "BasicAuthEntry" e JOIN "BasicAuthReport" r ON r."id" = e."reportId"
  WHERE e."address" = ANY(${addresses}) GROUP BY e."address"
  ON CONFLICT ("address") DO UPDATE SET "setting" = EXCLUDED."setting", "seenFrom" = EXCLUDED."seenFrom", "seenUntil" = EXCLUDED."seenUntil", "messages" = EXCLUDED."messages",
    "lastUseDay" = EXCLUDED."lastUseDay"`

interface SenderRow extends BasicAuthSenderModel {
  clientName: string | null
  firstMessage: Date | null
  reportsFrom: Date | null
  progress: Progress
}

/**
 * Every sender with its `progress`, as ./progress.ts describes it. The first message of each linked client is that of `noteFirstMessages`, or
 * else the oldest stored one. A use on the day of the first message may have been before it.
 */
const WITH_PROGRESS = Prisma.sql`
  WITH linked AS MATERIALIZED (
    SELECT "clientId", (coalesce((SELECT c."firstMessageAt" FROM "Client" c WHERE c."id" = each."clientId"),
      (SELECT m."acceptedAt" FROM "Message" m WHERE m."clientId" = each."clientId" ORDER BY m."id" LIMIT 1)) AT TIME ZONE 'UTC')::date
      AS "firstMessage"
    FROM (SELECT DISTINCT "clientId" FROM "BasicAuthSender" WHERE "clientId" IS NOT NULL) each
  ), sender AS (
    SELECT s.*, linked."firstMessage", CASE
      WHEN s."clientId" IS NULL THEN CASE WHEN s."seenFrom" IS NULL THEN 'unused' ELSE 'open' END
      WHEN linked."firstMessage" IS NULL THEN 'linked'
      WHEN s."seenFrom" IS NOT NULL AND greatest(s."lastUseDay", s."seenFrom") > linked."firstMessage" THEN 'both'
      WHEN (SELECT "fromDay" FROM "BasicAuthReport" WHERE "kind" <> 'settings' ORDER BY "untilDay" DESC, "uploadedAt" DESC LIMIT 1) > linked."firstMessage" THEN 'moved'
      ELSE 'unconfirmed' END AS progress
    FROM "BasicAuthSender" s LEFT JOIN linked ON linked."clientId" = s."clientId"
  )`

/** Those with this part of an address, in any case. */
const containing = (text = '') => Prisma.sql`strpos(sender."address", lower(${text})) > 0`

/** How many senders have each progress, in all and with this part of an address. */
export async function countSenders(db: Db, text?: string) {
  const rows = await db.$queryRaw<{ progress: Progress; counts: number; matching: number }[]>`
    ${WITH_PROGRESS} SELECT progress, count(*)::int AS counts, count(*) FILTER (WHERE ${containing(text)})::int AS matching
    FROM sender GROUP BY progress`
  return recordOf(['counts', 'matching'] as const, (which) =>
    recordOf(PROGRESS, (progress) => rows.find((row) => row.progress === progress)?.[which] ?? 0),
  )
}

export async function listSenders(
  db: Db,
  { progress, text, page, size }: { progress: Progress | null; text?: string; page: number; size: number },
) {
  const rows = await db.$queryRaw<SenderRow[]>`
    ${WITH_PROGRESS}
    SELECT sender."address", sender."setting", sender."seenFrom", sender."seenUntil", sender."messages", sender."lastUseDay",
      sender."clientId", c."name" AS "clientName", sender."firstMessage", sender.progress,
      (SELECT min(r."fromDay") FROM "BasicAuthEntry" e JOIN "BasicAuthReport" r ON r."id" = e."reportId"
        WHERE e."address" = sender."address" AND e."messages" > 0) AS "reportsFrom"
    FROM sender LEFT JOIN "Client" c ON c."id" = sender."clientId" AND c."removedAt" IS NULL
    WHERE (${progress}::text IS NULL OR sender.progress = ${progress}) AND ${containing(text)}
    ORDER BY sender."messages" DESC, sender."address" LIMIT ${size} OFFSET ${(page - 1) * size}`
  return rows.map(({ address, setting, seenFrom, seenUntil, messages, lastUseDay, progress, ...row }) => ({
    address,
    setting: SMTP_AUTH_SETTINGS.find((known) => known === setting) ?? null,
    lastSeen: seenFrom &&
      seenUntil && {
        from: dayText(seenFrom),
        until: dayText(seenUntil),
        messages,
        /** The first day of the oldest report that shows a use. */
        since: dayText(row.reportsFrom ?? seenFrom),
        /** Null if a newer report shows a use, and not on which day. */
        lastUse: lastUseDay && lastUseDay >= seenFrom ? dayText(lastUseDay) : null,
      },
    /** `name` is null if the client was removed; `firstMessage` is the day of its first accepted message. */
    client: row.clientId
      ? { id: row.clientId, name: row.clientName, firstMessage: row.firstMessage && dayText(row.firstMessage) }
      : null,
    progress,
  }))
}

/** Senders without a client that exactly one enabled client names among its allowed senders, each with it. */
const PROPOSALS = Prisma.sql`
  SELECT s."address", min(named."id"::text)::uuid AS "clientId", min(named."name") AS "client"
  FROM "BasicAuthSender" s JOIN (
    SELECT DISTINCT c."id", c."name", lower(each) AS address FROM "Client" c, unnest(c."senders") each
    WHERE c."disabledAt" IS NULL AND c."removedAt" IS NULL
  ) named ON named.address = s."address"
  WHERE s."clientId" IS NULL GROUP BY s."address" HAVING count(*) = 1`

export async function countProposals(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM (${PROPOSALS}) proposal`
  return row?.count ?? 0
}

/** Links each of them. One that another transaction has linked in the meantime is left alone. */
export const linkProposals = (tx: Tx) => tx.$queryRaw<{ address: string; clientId: string; client: string }[]>`
  UPDATE "BasicAuthSender" s SET "clientId" = proposal."clientId" FROM (${PROPOSALS}) proposal
  WHERE s."address" = proposal."address" AND s."clientId" IS NULL
  RETURNING s."address", proposal."clientId", proposal."client"`

/** Mailboxes, in lower case, that mail servers sign in to with OAuth 2.0. They need SMTP AUTH. */
export async function listOwnMailboxes(db: Db): Promise<string[]> {
  const rows = await db.$queryRaw<{ address: string }[]>`
    WITH server AS (
      SELECT * FROM "MailServer" WHERE "removedAt" IS NULL AND "settings"->>'type' = 'exchange-online-oauth2'
    )
    SELECT lower("settings"->>'senderAddress') AS address FROM server
    UNION SELECT s."address" FROM "Sender" s JOIN server ON server."id" = s."mailServerId" WHERE s."way" = 'login'
    ORDER BY address`
  return rows.map(({ address }) => address)
}

export type StoredReport = Awaited<ReturnType<typeof listReports>>[number]

/** Newest first, by the days that they cover. */
export async function listReports(db: Db, where: { id?: string } = {}) {
  const orderBy = [{ untilDay: 'desc' }, { uploadedAt: 'desc' }] as const
  const rows = await db.basicAuthReport.findMany({ where, orderBy: [...orderBy], take: 50 })
  return rows.map(({ fromDay, untilDay, ...report }) => ({
    ...report,
    kind: report.kind as ReportKind,
    from: dayText(fromDay),
    until: dayText(untilDay),
  }))
}
