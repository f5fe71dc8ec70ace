import { type Db, inOneStep, ONLY_ROW, rollBack, type Tx } from '../../db'
import type { FailureReportModel, MessageModel, RecipientModel } from '../../db/generated/models'
import { isLocale, type Locale } from '../../i18n/locale'

/** Failures that wait to be reported to one address about the messages of one client. */
export interface WaitingFailures {
  clientId: string | null
  to: string
  count: number
  /** When the oldest of them failed. */
  oldestAt: Date
  /** Reports that this address got about this client since `recentFrom`. */
  singles: number
  hasSummary: boolean
}

/** One result by which recipients of a message failed. */
export interface FailureRow
  extends Pick<FailureReportModel, 'messageId' | 'fence' | 'positions' | 'header' | 'at'>,
    Pick<MessageModel, 'clientId' | 'subject' | 'originalLines' | 'acceptedAt'> {
  clientName: string | null
  /** Message-ID with angle brackets. */
  internetId: string
  recipients: Failed[]
}

/** A recipient that a message did not reach. */
export type Failed = Pick<RecipientModel, 'address' | 'state' | 'code' | 'reply'>

/** It uses an index of what is due, so the worker may ask often. */
export const failureReportIsDue = async (db: Db): Promise<boolean> =>
  (await db.failureReport.count({ where: { state: 'due' }, take: 1 })) > 0

/** An answer to another message, such as a report of another server. To report it in turn could be without an end. */
const REPLY = '(^|\n)auto-submitted[ \t]*:[ \t\r\n]*auto-replied'

/** Marks what is not reported, because of its client’s settings or because a program sent it and would be answered. */
export const dropUnwanted = (db: Db, now: Date): Promise<number> => db.$executeRaw`
  UPDATE "FailureReport" r SET "state" = 'unwanted', "decidedAt" = ${now}, "header" = NULL
  FROM "Message" m LEFT JOIN "Client" c ON c."id" = m."clientId"
  WHERE r."state" = 'due' AND m."id" = r."messageId" AND NOT CASE coalesce(c."failureReport", 'originator')
    WHEN 'owner' THEN c."owner" IS NOT NULL AND coalesce(encode(r."header", 'escape') !~* ${REPLY}, true)
    WHEN 'nobody' THEN false ELSE m."returnPath" IS NOT NULL AND NOT r."automatic" END`

/** What waits, by client and address. Call `dropUnwanted` first. */
export const waitingFailures = (db: Db, recentFrom: Date) => db.$queryRaw<WaitingFailures[]>`
  SELECT waiting.*, coalesce(recent."singles", 0) AS "singles", coalesce(recent."hasSummary", false) AS "hasSummary" FROM (
    SELECT m."clientId", CASE WHEN c."failureReport" = 'owner' THEN c."owner" ELSE m."returnPath" END AS "to",
      count(*)::int AS "count", min(r."at") AS "oldestAt"
    FROM "FailureReport" r JOIN "Message" m ON m."id" = r."messageId" LEFT JOIN "Client" c ON c."id" = m."clientId"
    WHERE r."state" = 'due' GROUP BY 1, 2) waiting
  LEFT JOIN (
    SELECT "clientId", "recipient", count(*) FILTER (WHERE "state" = 'single')::int AS "singles", bool_or("state" = 'summary') AS "hasSummary"
    FROM "FailureReport" WHERE "decidedAt" > ${recentFrom} GROUP BY 1, 2) recent
    ON recent."recipient" = waiting."to" AND recent."clientId" IS NOT DISTINCT FROM waiting."clientId"
  WHERE waiting."to" IS NOT NULL ORDER BY waiting."oldestAt"`

/** The oldest failures that wait, with what a report says about them. */
export const readFailures = (
  db: Db,
  { clientId, to }: Pick<WaitingFailures, 'clientId' | 'to'>,
  rows: number,
) => db.$queryRaw<FailureRow[]>`
  SELECT r."messageId", r."fence", r."positions"::int[] AS "positions", r."header", r."at", m."clientId", c."name" AS "clientName",
    m."subject", m."messageId" AS "internetId", m."originalLines", m."acceptedAt", t."recipients"
  FROM "FailureReport" r JOIN "Message" m ON m."id" = r."messageId" LEFT JOIN "Client" c ON c."id" = m."clientId"
  CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('address', p."address", 'state', p."state", 'code', p."code", 'reply', p."reply")
      ORDER BY p."position"), '[]') AS "recipients"
    FROM "Recipient" p WHERE p."messageId" = r."messageId" AND p."position" = ANY(r."positions")) t
  WHERE r."state" = 'due' AND m."clientId" IS NOT DISTINCT FROM ${clientId}::uuid
    AND CASE WHEN c."failureReport" = 'owner' THEN c."owner" ELSE m."returnPath" END = ${to}
  ORDER BY r."at", r."messageId", r."fence" LIMIT ${rows}`

export interface ReportOfMessage {
  state: 'due' | 'single' | 'summary' | 'unwanted' | 'undelivered'
  /** When the message failed. */
  at: Date
  recipient: string | null
  /** The message that is the report, while it is stored. */
  reportId: string | null
}

/** The reports about a message, oldest first. */
export const reportsAbout = (db: Db, messageId: string): Promise<ReportOfMessage[]> => db.$queryRaw<ReportOfMessage[]>`
  SELECT CASE WHEN m."state" IN ('queued', 'sending', 'held') THEN 'due' WHEN m."state" <> 'delivered' THEN 'undelivered'
    ELSE r."state" END AS "state", r."at", r."recipient", m."id" AS "reportId"
  FROM "FailureReport" r LEFT JOIN "Message" m ON m."id" = r."reportId"
  WHERE r."messageId" = ${messageId}::uuid ORDER BY r."fence"`

export interface MadeReport {
  state: 'single' | 'summary'
  to: string
  reportId: string
  /** Stores the report in the outbox, within the same transaction. */
  insert(tx: Tx): Promise<void>
}

/** Stores a report together with the mark of the failures that it names. Returns false, and stores nothing, if one is reported already. */
export async function saveReport(
  db: Db,
  failures: readonly Pick<FailureRow, 'messageId' | 'fence'>[],
  { state, to, reportId, insert }: MadeReport,
  now: Date,
): Promise<boolean> {
  const saved = await inOneStep(db, async (tx) => {
    const count = await tx.$executeRaw`
      UPDATE "FailureReport" r SET "state" = ${state}, "recipient" = ${to}, "reportId" = ${reportId}::uuid, "decidedAt" = ${now},
        "header" = NULL
      FROM unnest(${failures.map(({ messageId }) => messageId)}::uuid[], ${failures.map(({ fence }) => fence)}::int[])
        AS f("messageId", "fence")
      WHERE r."messageId" = f."messageId" AND r."fence" = f."fence" AND r."state" = 'due'`
    if (count !== failures.length) rollBack('already-reported')
    await insert(tx)
  })
  return saved.ok
}

/** Nothing can be sent there, so nothing waits for it. */
export const markUnreportable = (db: Db, failures: readonly Pick<FailureRow, 'messageId' | 'fence'>[], now: Date) =>
  db.failureReport.updateMany({
    where: { state: 'due', OR: failures.map(({ messageId, fence }) => ({ messageId, fence })) },
    data: { state: 'unwanted', decidedAt: now, header: null },
  })

/** The language of mail to people for whom none is chosen. */
export async function reportLocale(db: Db | Tx): Promise<Locale> {
  const { reportLocale: locale } = await db.alertSettings.findUniqueOrThrow({ where: ONLY_ROW })
  return isLocale(locale) ? locale : 'en'
}

/** That of the person who sets the console up, until an administrator chooses one. */
export const beginReportLocale = (tx: Tx, locale: Locale) =>
  tx.alertSettings.updateMany({ where: { ...ONLY_ROW, version: 0 }, data: { reportLocale: locale } })
