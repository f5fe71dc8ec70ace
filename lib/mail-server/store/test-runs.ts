import { type AuditEntry, appendAudit } from '../../audit'
import { keepAnswer, type Probe } from '../../credentials/store/probes'
import { type Db, type DbDeps, type Prisma, read, type Tx } from '../../db'
import type { TestRunModel } from '../../db/generated/models'
import type { Locale } from '../../i18n/locale'
import { type DiagnosisCode, isUuid, pick, recordOf } from '../../kernel'
import { storedSettings } from '../../kernel/mail-server-settings'
import type { Recorded } from '../connection-test/recorder'
import { storedReport, storedStages, type TestReport, toStoredDiagnosis } from '../connection-test/report'
import type { OneServer } from '../deps'
import { recordSenderObservation, type SenderEvidenceRecord } from '../senders/store'
import { resumeAfterTest } from './pauses'

/** A finished connection test, as it is stored. */
interface TestRunRecord
  extends Omit<Recorded, 'secretDigest'>,
    Pick<TestRunModel, 'id' | 'digest' | 'dryRun' | 'recipient' | 'startedBy' | 'startedAt' | 'durationMs'> {
  /** Version of the saved settings when the test began; 0 if nothing was saved. */
  revision: number
  settings: object
  /** The individual sender that was tested, and what the test showed of it (null if nothing). Null for the settings' own sender. */
  sender: { address: string; digest: string | null; result: Pick<SenderEvidenceRecord, 'refusal'> | null } | null
}

const SUMMARY = [
  ...(['id', 'startedAt', 'startedBy', 'recipient', 'settings', 'outcome', 'dryRun'] as const),
  ...(['diagnosisCode', 'durationMs', 'digest', 'asSender'] as const),
]
type SummaryRow = Pick<TestRunModel, (typeof SUMMARY)[number]>

const NEWEST_FIRST = [{ startedAt: 'desc' }, { id: 'desc' }] satisfies Prisma.TestRunOrderByWithRelationInput[]
/** How many tests are searched for a token that named its Object ID. */
const OBJECT_ID_ROWS_MAX = 20

/** The digests whose verification holds for a revision: its own, and that of the equal revision before it. */
export const digestsOf = ({ digest, verifiedLike }: { digest: string; verifiedLike: string | null }): string[] =>
  verifiedLike === null ? [digest] : [digest, verifiedLike]

/** Only a real message that was accepted verifies anything. */
const VERIFYING = { outcome: 'accepted', dryRun: false } as const

export async function verifiedDigests(db: Db, digests: readonly string[]): Promise<ReadonlySet<string | null>> {
  const rows = await db.testRun.findMany({
    where: { digest: { in: [...digests] }, ...VERIFYING },
    distinct: ['digest'],
    select: { digest: true },
  })
  return new Set(rows.map(({ digest }) => digest))
}

/** The newest test of the mail server with its own sender, as pages list it; null if there is none. */
export async function latestTest(db: Db, mailServerId: string): Promise<TestSummary | null> {
  // Tests from before the first save are stored without a mail server.
  const [row] = await read(db)<SummaryRow & { current: string | null }>`/* prepared: latest-test */
    SELECT t."id", t."startedAt", t."startedBy", t."recipient", t."settings", t."outcome", t."dryRun", t."diagnosisCode",
      t."durationMs", t."digest", t."asSender", (
        SELECT r."digest" FROM "MailServerRevision" r WHERE r."mailServerId" = t."mailServerId" ORDER BY r."number" DESC LIMIT 1
      ) AS "current"
    FROM (
      (SELECT * FROM "TestRun" WHERE "mailServerId" = ${mailServerId}::uuid AND "asSender" IS NULL
        ORDER BY "startedAt" DESC, "id" DESC LIMIT 1)
      UNION ALL (SELECT * FROM "TestRun" WHERE "mailServerId" IS NULL AND "asSender" IS NULL
        AND NOT EXISTS (SELECT 1 FROM "MailServer" WHERE "id" = ${mailServerId}::uuid)
        ORDER BY "startedAt" DESC, "id" DESC LIMIT 1)
    ) t`
  return row ? summaryOf(row, row.current) : null
}

export interface LatestRun extends Pick<TestSummary, 'id' | 'startedAt' | 'outcome' | 'diagnosisCode'> {}

export async function testsOfRevision(db: Db, revision: { digest: string; verifiedLike: string | null }) {
  const rows = await read(db)<LatestRun & { verifies: boolean }>`/* prepared: tests-of-revision */
    (SELECT "id", "startedAt", "outcome", "diagnosisCode", true AS "verifies" FROM "TestRun"
      WHERE "digest" = ANY(${digestsOf(revision)}::text[]) AND "outcome" = 'accepted' AND NOT "dryRun"
      ORDER BY "startedAt" DESC, "id" DESC LIMIT 1)
    UNION ALL (SELECT "id", "startedAt", "outcome", "diagnosisCode", false FROM "TestRun"
      WHERE "digest" = ${revision.digest} AND ("diagnosisCode" IS NULL OR "diagnosisCode" <> ALL(${[...RECIPIENT_FAULTS]}::text[])
        AND ("diagnosisCode" <> 'address-malformed' OR "diagnosis"->>'stage' IS DISTINCT FROM 'recipient'))
      ORDER BY "startedAt" DESC, "id" DESC LIMIT 1)`
  const [verifying, latest] = [true, false].map((verifies) => rows.find((row) => row.verifies === verifies))
  return {
    /** The newest test that verified this revision; null if none has. */
    verifiedBy: verifying ? { testId: verifying.id, at: verifying.startedAt } : null,
    /** The newest test of these very settings that says something about them, as one that failed because of its recipient does not. */
    latestRun: latest ? { ...latest, outcome: outcomeOf(latest.outcome) } : null,
  }
}

/** Connection tests, newest first; with `asSender` only those of this individual sender. */
export async function listTests(
  { id, db }: OneServer,
  { page, size, asSender }: { page: number; size: number; asSender?: string },
): Promise<{ rows: TestSummary[]; total: number }> {
  const where = { mailServerId: await rowId(db, id), ...(asSender !== undefined && { asSender }) }
  const [rows, total, digest] = await Promise.all([
    db.testRun.findMany({
      where,
      orderBy: NEWEST_FIRST,
      skip: (page - 1) * size,
      take: size,
      select: recordOf(SUMMARY, () => true as const),
    }),
    db.testRun.count({ where }),
    currentDigest(db, id),
  ])
  return { rows: rows.map((row) => summaryOf(row, digest)), total }
}

/** Null if there is no such test. Its remedy is in the reader's language; without one, in that of the person who ran the test. */
export async function loadTest({ id, db }: OneServer, testId: string, locale?: Locale) {
  if (!isUuid(testId)) return null
  const [row, digest] = await Promise.all([db.testRun.findUnique({ where: { id: testId } }), currentDigest(db, id)])
  // The mail server is null for settings that were never saved.
  return row && { mailServerId: row.mailServerId, summary: summaryOf(row, digest), ended: storedReport(row, locale) }
}

/** Object ID of the enterprise application, from the newest token that named one; else null. People paste it instead of the client ID. */
export async function latestObjectId({ id, db }: OneServer): Promise<string | null> {
  const rows = await db.testRun.findMany({
    where: { mailServerId: await rowId(db, id) },
    orderBy: NEWEST_FIRST,
    take: OBJECT_ID_ROWS_MAX,
    select: { stages: true },
  })
  for (const { stages } of rows)
    for (const { facts } of storedStages(stages) ?? []) if (typeof facts?.oid === 'string') return facts.oid
  return null
}

/** Stores a finished test with everything that follows from it, and its audit entry, in one transaction. */
export async function recordTest({ id, db, clock }: OneServer & DbDeps, run: TestRunRecord, audit: AuditEntry) {
  const { report, sender, credential } = run
  await db.$transaction(async (tx) => {
    const server = await lockServer(tx, id)
    await tx.$executeRaw`
      INSERT INTO "TestRun" SELECT * FROM jsonb_populate_record(NULL::"TestRun", ${rowOf(run, server?.id ?? null)}::jsonb)`
    const verifies = report.outcome === 'accepted' && !run.dryRun && run.digest !== null
    if (server && verifies && run.digest === server.digest) await resumeAfterTest(tx, server, clock.now())
    if (server && sender?.result && sender.digest !== null)
      await recordSenderObservation(tx, {
        mailServerId: server.id,
        address: sender.address,
        digest: sender.digest,
        how: 'test',
        revision: run.revision,
        evidenceId: run.id,
        at: run.startedAt,
        enters: false,
        ...sender.result,
      })
    if (credential) await keepAnswer(tx, credential.id, probeOf(run, credential.refusedCode))
    await appendAudit(tx, audit, clock.now())
  })
}

/** Locks the mail server's row, so that it is neither paused nor saved until the transaction ends. */
async function lockServer(tx: Tx, mailServerId: string) {
  const [row] = await tx.$queryRaw<{ id: string; pausedBy: string | null; digest: string | null }[]>`
    SELECT m."id", m."pausedBy", (
      SELECT r."digest" FROM "MailServerRevision" r WHERE r."mailServerId" = m."id" ORDER BY r."number" DESC LIMIT 1
    ) AS "digest" FROM "MailServer" m WHERE m."id" = ${mailServerId}::uuid FOR NO KEY UPDATE`
  return row ?? null
}

export async function currentDigest(db: Db, mailServerId: string): Promise<string | null> {
  const row = await db.mailServerRevision.findFirst({
    where: { mailServerId },
    orderBy: { number: 'desc' },
    select: { digest: true },
  })
  return row?.digest ?? null
}

/** Null if the mail server has no row yet: tests from before the first save are stored without a mail server. */
async function rowId(db: Db, mailServerId: string): Promise<string | null> {
  const row = await db.mailServer.findUnique({ where: { id: mailServerId }, select: { id: true } })
  return row?.id ?? null
}

/** The row as JSON. */
function rowOf(run: TestRunRecord, mailServerId: string | null): string {
  const { revision: _, report, otherLanguages, credential: __, sender, ...columns } = run
  return JSON.stringify({
    ...columns,
    ...pick(report, 'outcome', 'stages', 'accepted', 'sender'),
    mailServerId,
    diagnosis: report.diagnosis && toStoredDiagnosis(report.diagnosis, otherLanguages),
    diagnosisCode: report.diagnosis?.code ?? null,
    asSender: sender?.address ?? null,
  } satisfies { [column in keyof TestRunModel]: unknown })
}

/** Entra's answer during the test, in the same form as every other check of the credential. */
const probeOf = ({ startedAt, report }: TestRunRecord, refusedCode: string | null): Probe => ({
  at: startedAt,
  reason: 'test',
  outcome: refusedCode === null ? 'accepted' : 'refused',
  diagnosisCode: refusedCode,
  evidence: refusedCode === null ? null : (report.diagnosis?.evidence ?? null),
})

const outcomeOf = (text: string): TestReport['outcome'] => (text === 'accepted' || text === 'ready' ? text : 'failed')

/** A test, as pages list it. */
export type TestSummary = ReturnType<typeof summaryOf>
const summaryOf = ({ digest, outcome, settings, ...row }: SummaryRow, current: string | null) => ({
  ...pick(row, 'id', 'startedAt', 'startedBy', 'recipient', 'dryRun', 'diagnosisCode', 'durationMs', 'asSender'),
  /** Null if the submitted values did not parse, or if the stored value cannot be read. */
  settings: storedSettings(settings),
  outcome: outcomeOf(outcome),
  /** Whether the tested settings are the ones that are saved now. */
  ofCurrentRevision: digest !== null && digest === current,
})

/** Faults of the recipient: they say nothing against the settings. As senders are ASCII, only a recipient can need SMTPUTF8. */
const RECIPIENT_FAULTS = [
  'recipient-not-found',
  'recipient-refused',
  'recipient-throttled',
  'smtputf8-unsupported',
] as const satisfies readonly DiagnosisCode[]
