import { appendAudit } from '../../audit/store/log'
import type { Probe } from '../../credentials/ports'
import { keepAnswer } from '../../credentials/store/probes'
import type { Db, Tx } from '../../db/client'
import { QUEUED } from '../../db/client'
import { Prisma } from '../../db/generated/client'
import type { Clock } from '../../kernel/clock'
import { storedSettings } from '../../kernel/mail-server-settings'
import type { TestReport } from '../connection-test/report'
import type { MailServerStore, TestRunRecord, TestSummary } from '../ports'
import { RECIPIENT_FAULTS } from '../recipient-fault'
import { recordSenderObservation } from '../senders/store'
import { storedReport, storedStages } from '../stored'
import { resumeAfterTest } from './pauses'

const SUMMARY = {
  id: true,
  startedAt: true,
  startedBy: true,
  recipient: true,
  settings: true,
  outcome: true,
  dryRun: true,
  diagnosisCode: true,
  durationMs: true,
  digest: true,
  asSender: true,
} as const satisfies Prisma.TestRunSelect
type SummaryRow = Prisma.TestRunGetPayload<{ select: typeof SUMMARY }>

type TestsPart = Pick<
  MailServerStore,
  'verificationOf' | 'latestTest' | 'tests' | 'test' | 'latestObjectId' | 'keepTest'
>

const NEWEST_FIRST = [{ startedAt: 'desc' }, { id: 'desc' }] as const satisfies Prisma.TestRunOrderByWithRelationInput[]
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** How far back a token is looked for that told its object id. */
const OBJECT_ID_ROWS_MAX = 20

/** Not the tests that failed for the recipient: they tell nothing of the settings, which were good up to there. */
const OF_SENDING: Prisma.TestRunWhereInput = {
  OR: [
    { diagnosisCode: null },
    {
      NOT: [
        { diagnosisCode: { in: [...RECIPIENT_FAULTS] } },
        { diagnosisCode: 'address-malformed', diagnosis: { path: ['stage'], equals: 'recipient' } },
      ],
    },
  ],
}

/** Connection tests: each leaves a row, with its audit row in the same transaction. */
export function mailServerTests(db: Db, clock: Clock, mailServerId: string): TestsPart {
  async function currentDigest(): Promise<string | null> {
    const row = await db.mailServerRevision.findFirst({
      where: { mailServerId },
      orderBy: { number: 'desc' },
      select: { digest: true },
    })
    return row?.digest ?? null
  }

  /** Null: what was tested while nothing was saved, or it is not there (any more). */
  async function rowId(): Promise<string | null> {
    const row = await db.mailServer.findUnique({ where: { id: mailServerId }, select: { id: true } })
    return row?.id ?? null
  }

  /** The mail server's row, kept from being paused or saved until the transaction ends, with the current revision's digest. */
  async function takenServer(tx: Tx): Promise<{ id: string; pausedBy: string | null; digest: string | null } | null> {
    const [row] = await tx.$queryRaw<{ id: string; pausedBy: string | null; digest: string | null }[]>`
      SELECT m."id", m."pausedBy", (
        SELECT r."digest" FROM "MailServerRevision" r WHERE r."mailServerId" = m."id" ORDER BY r."number" DESC LIMIT 1
      ) AS "digest" FROM "MailServer" m WHERE m."id" = ${mailServerId}::uuid FOR NO KEY UPDATE`
    return row ?? null
  }

  return {
    async verificationOf(revision) {
      const row = await db.testRun.findFirst({
        where: { digest: { in: digestsOf(revision) }, outcome: 'accepted', dryRun: false },
        orderBy: [...NEWEST_FIRST],
        select: { id: true, startedAt: true },
      })
      return row && { testId: row.id, at: row.startedAt }
    },

    async latestTest(digest) {
      const where = digest === undefined ? { mailServerId: await rowId(), asSender: null } : { digest, ...OF_SENDING }
      const [row, current] = await Promise.all([
        db.testRun.findFirst({ where, orderBy: [...NEWEST_FIRST], select: SUMMARY }),
        currentDigest(),
      ])
      return row && summaryOf(row, current)
    },

    async tests({ page, size, asSender }) {
      const where = { mailServerId: await rowId(), ...(asSender !== undefined && { asSender }) }
      const [rows, total, digest] = await Promise.all([
        db.testRun.findMany({
          where,
          orderBy: [...NEWEST_FIRST],
          skip: (page - 1) * size,
          take: size,
          select: SUMMARY,
        }),
        db.testRun.count({ where }),
        currentDigest(),
      ])
      return { rows: rows.map((row) => summaryOf(row, digest)), total }
    },

    async test(id) {
      const row = UUID.test(id) ? await db.testRun.findUnique({ where: { id } }) : null
      if (!row) return null
      return {
        summary: summaryOf(row, await currentDigest()),
        ended: storedReport(row),
      }
    },

    async latestObjectId() {
      const rows = await db.testRun.findMany({
        where: { mailServerId: await rowId() },
        orderBy: [...NEWEST_FIRST],
        take: OBJECT_ID_ROWS_MAX,
        select: { stages: true },
      })
      for (const { stages } of rows)
        for (const { facts } of storedStages(stages) ?? []) if (typeof facts?.oid === 'string') return facts.oid
      return null
    },

    async keepTest(run, audit) {
      const { revision, report, transcript, settings, credential, sender, ...columns } = run
      await db.$transaction(async (tx) => {
        const server = await takenServer(tx)
        const serverId = server?.id ?? null
        await tx.testRun.create({
          data: {
            ...columns,
            mailServerId: serverId,
            outcome: report.outcome,
            settings: json(settings),
            stages: json(report.stages),
            diagnosis: report.diagnosis ? json(report.diagnosis) : Prisma.DbNull,
            diagnosisCode: report.diagnosis?.code ?? null,
            accepted: report.accepted ? json(report.accepted) : Prisma.DbNull,
            sender: json(report.sender),
            asSender: sender?.address ?? null,
            transcript: json(transcript),
          },
          select: { id: true },
        })
        const isProof = report.outcome === 'accepted' && !run.dryRun && run.digest !== null
        if (server && isProof && run.digest === server.digest) await resumeAfterTest(tx, server, clock.now())
        if (serverId !== null && sender?.seen && sender.digest !== null)
          await recordSenderObservation(tx, {
            ...{ mailServerId: serverId, address: sender.address, digest: sender.digest, how: 'test' },
            ...{ revision, evidenceId: run.id, at: run.startedAt, enters: false, ...sender.seen },
          })
        if (credential) await keepAnswer(tx, credential.id, answerIn(run, credential.refusedCode))
        await appendAudit(tx, audit, clock.now())
      }, QUEUED)
    },
  }
}

/** A revision's own, and the one whose proof holds for it too. */
export const digestsOf = ({ digest, verifiedLike }: { digest: string; verifiedLike: string | null }): string[] =>
  verifiedLike === null ? [digest] : [digest, verifiedLike]

const json = (value: object): Prisma.InputJsonValue => value as unknown as Prisma.InputJsonValue

/** What the test heard from Entra, as one question among the others about the credential. */
const answerIn = ({ startedAt, report }: TestRunRecord, refusedCode: string | null): Probe => ({
  at: startedAt,
  reason: 'test',
  outcome: refusedCode === null ? 'accepted' : 'refused',
  diagnosisCode: refusedCode,
  evidence: refusedCode === null ? null : (report.diagnosis?.evidence ?? null),
  durationMs: report.stages.find(({ stage }) => stage === 'token')?.ms ?? 0,
})

const outcomeOf = (text: string): TestReport['outcome'] => (text === 'accepted' || text === 'ready' ? text : 'failed')

function summaryOf({ digest, ...row }: SummaryRow, current: string | null): TestSummary {
  const { id, startedAt, startedBy, recipient, dryRun, diagnosisCode, durationMs, asSender } = row
  return {
    id,
    startedAt,
    startedBy,
    recipient,
    settings: storedSettings(row.settings),
    outcome: outcomeOf(row.outcome),
    dryRun,
    diagnosisCode,
    durationMs,
    asSender,
    ofCurrentRevision: digest !== null && digest === current,
  }
}
