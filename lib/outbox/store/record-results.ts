import { type Db, direct, type Tx } from '../../db'
import { NEVER } from '../../kernel'
import { faultNote, noteResult } from '../../notifications/store/channel-rows'
import { NO_RULE } from '../../policy/rules'
import type { AttemptRecord, AttemptResult, ClaimedMessage } from '../message'
import { type StoreDeps, storing } from './deps'
import { failuresOf, noteFailures } from './failed-recipients'
import { SEVERAL } from './list'

/** An attempt's result, and the claimed message that begins next on the same connection. */
export interface ResultToRecord {
  result: AttemptResult
  next: Pick<ClaimedMessage, 'id' | 'fence' | 'version'> | null
}

export interface Recorded {
  /** False if the lease ran out and another worker has the message: the result changed nothing. */
  isRecorded: boolean
  /** The next message was marked as begun; false if it was taken back in between, or its mail server was paused or changed. */
  hasBegunNext: boolean
  /** Newest revision of the policy rules, for the decision about the next message. */
  rules: number
}

/**
 * Records the results of attempts, many in one commit. They are durable when it returns. Throws `Unstorable`, and records none, if one of
 * them holds data that the database refuses.
 */
export const recordResults = ({ db, now }: StoreDeps, results: readonly ResultToRecord[]): Promise<Recorded[]> =>
  storing(recordWithFollowers(db, results, now()))

/** Reminders, reports of failures and further queues follow in one transaction. Most results have none of them and need none. */
async function recordWithFollowers(db: Db, results: readonly ResultToRecord[], now: Date): Promise<Recorded[]> {
  const failures = failuresOf(results)
  if (
    failures.length === 0 &&
    results.every(({ result }) => result.source !== 'reminder' && result.otherQueues === null)
  )
    return record(db, results, now)
  return db.$transaction(async (tx) => {
    // Before the results, because a message that is declined loses its text, and the report contains its header.
    if (failures.length > 0) await noteFailures(tx, failures, now)
    const recorded = await record(tx, results, now)
    for (const [at, { result }] of results.entries())
      if (result.source === 'reminder' && recorded[at]?.isRecorded) await recordReminder(tx, result, now)
    const stored = results.flatMap(({ result }, index) => (recorded[index]?.isRecorded ? result : []))
    await replaceOtherQueues(tx, stored)
    return recorded
  })
}

async function replaceOtherQueues(tx: Tx, results: readonly AttemptResult[]): Promise<void> {
  const ids = results.flatMap(({ id, otherQueues }) => (otherQueues ? id : []))
  if (ids.length === 0) return
  await tx.otherQueue.deleteMany({ where: { messageId: { in: ids } } })
  const data = results.flatMap(({ id, state, otherQueues }) =>
    (otherQueues ?? []).map((each) => ({ ...each, messageId: id, dueAt: state === 'held' ? NEVER : each.dueAt })),
  )
  await tx.otherQueue.createMany({ data })
}

async function record(db: Db | Tx, results: readonly ResultToRecord[], now: Date): Promise<Recorded[]> {
  const rows = await write(db, columnsOf(results), now)
  const recorded = new Set(rows.filter(({ recorded }) => recorded).map(({ id }) => id))
  const begun = new Set(rows.filter(({ recorded }) => !recorded).map(({ id }) => id))
  return results.map(({ result, next }) => ({
    isRecorded: recorded.has(result.id),
    hasBegunNext: next !== null && begun.has(next.id),
    rules: rows[0]?.rules ?? 0,
  }))
}

/** The values of the statement: a function of each gives a column of a result, a recipient, an attempt or a next message. */
function columnsOf(results: readonly ResultToRecord[]) {
  const all = results.map(({ result }) => ({ target: result.nextQueue ?? result.queue, ...result }))
  const recipients = all.flatMap((result) => result.recipients.map((each) => ({ id: result.id, ...each })))
  const attempts = all.flatMap(({ id, fence, queue, attempts: groups }) =>
    groups.map((each, part) => ({ id, fence, part, mailServerId: queue.mailServerId, ...each })),
  )
  const nextMessages = results.flatMap(({ next }) => next ?? [])
  return {
    result: <T>(read: (row: (typeof all)[number]) => T): T[] => all.map(read),
    recipient: <T>(read: (row: (typeof recipients)[number]) => T): T[] => recipients.map(read),
    attempt: <T>(read: (row: (typeof attempts)[number]) => T): T[] => attempts.map(read),
    next: <T>(read: (row: (typeof nextMessages)[number]) => T): T[] => nextMessages.map(read),
  }
}

/**
 * Writes everything in one statement, and so in one commit: the message under its fencing token, its recipients, a row for each attempt, its
 * text when it is delivered, the hour's counters, the events of webhooks, and the message that begins next. A message that is being sent is
 * found by its lease. By its state, the planner would read all rows that were ever being sent, since their old versions stay in that index
 * until a vacuum. People may change the messages that are claimed and not begun, so these are locked in the order in which `changeMessages` locks.
 */
const write = (db: Db | Tx, { result, recipient, attempt, next }: ReturnType<typeof columnsOf>, now: Date) =>
  direct(db)<{ id: string; recorded: boolean; rules: number }>`/* prepared: outbox-record-results */
    WITH given AS MATERIALIZED (
      SELECT * FROM unnest(${result(({ id }) => id)}::uuid[], ${result(({ fence }) => fence)}::int[],
        ${result(({ state }) => state)}::text[], ${result(({ reason }) => reason)}::text[],
        ${result(({ dueAt }) => dueAt)}::timestamptz[], ${result(({ lastCode }) => lastCode)}::text[],
        ${result(({ isCounted }) => (isCounted ? 1 : 0))}::int[], ${result(({ mayBeDuplicate }) => mayBeDuplicate)}::bool[],
        ${result(({ target }) => target.mailServerId)}::uuid[], ${result(({ target }) => target.mailbox)}::text[],
        ${result(({ queue }) => queue.mailServerId)}::uuid[], ${result(({ queue }) => queue.mailbox)}::text[],
        ${result(usedCount)}::int[], ${result(({ movedFromId }) => movedFromId)}::uuid[],
        ${result(({ failoverRejected }) => failoverRejected)}::bool[], ${result(({ attempts: made }) => common(made.map(senderOf)))}::text[],
        ${result(({ attempts: made }) => common(made.map(ruleOf)))}::text[], ${result(({ nextAttemptCount }) => nextAttemptCount)}::int[])
        AS given("id", "fence", "state", "reason", "dueAt", "lastCode", "counts", "mayBeDuplicate", "mailServerId", "mailbox",
          "triedServer", "triedMailbox", "taken", "movedFromId", "failoverRejected", "sender", "rule", "nextAttemptCount")
    ), done AS (
      UPDATE "Message" m SET "state" = g."state", "reason" = g."reason", "dueAt" = coalesce(g."dueAt", m."dueAt"),
        "lastCode" = coalesce(g."lastCode", m."lastCode"), "attemptCount" = m."attemptCount" + g."counts",
        "attemptsElsewhere" = coalesce(m."attemptCount" + g."counts" - g."nextAttemptCount", m."attemptsElsewhere"),
        "mayBeDuplicate" = m."mayBeDuplicate" OR g."mayBeDuplicate", "mailServerId" = g."mailServerId", "mailbox" = g."mailbox",
        "movedFromId" = g."movedFromId", "failoverRejected" = g."failoverRejected",
        "sender" = CASE WHEN m."sender" <> g."sender" THEN ${SEVERAL} ELSE coalesce(g."sender", m."sender") END,
        "rule" = CASE WHEN m."rule" <> g."rule" THEN ${SEVERAL} ELSE coalesce(g."rule", m."rule") END,
        "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
        "endedAt" = CASE WHEN g."state" IN ('queued', 'held') THEN NULL ELSE ${now}::timestamptz END
      FROM given g WHERE m."id" = g."id" AND m."fence" = g."fence" AND m."leasedUntil" IS NOT NULL
      RETURNING m."id", g."state", m."clientId"
    ), event AS (
      INSERT INTO "MessageEvent" ("channelId", "messageId", "event", "at", "nextAttemptAt")
      SELECT c."id", d."id", d."state", ${now}::timestamptz, ${now}::timestamptz
      FROM done d JOIN "NotificationChannel" c ON c."enabled" AND cardinality(c."messageEvents") > 0 AND d."state" = ANY(c."messageEvents")
        AND (c."messageClientId" IS NULL OR c."messageClientId" = d."clientId")
      WHERE d."clientId" IS NOT NULL AND d."state" IN ('delivered', 'failed', 'declined')
    ), next AS MATERIALIZED (
      SELECT m."id"
      FROM unnest(${next(({ id }) => id)}::uuid[], ${next(({ fence }) => fence)}::int[], ${next(({ version }) => version)}::int[])
        AS n("id", "fence", "version"), "Message" m, "MailServer" s
      WHERE m."id" = n."id" AND m."fence" = n."fence" AND m."leasedUntil" IS NOT NULL
        AND s."id" = m."mailServerId" AND s."version" = n."version" AND s."pausedAt" IS NULL
      ORDER BY m."id" FOR NO KEY UPDATE OF m
    ), begun AS (
      UPDATE "Message" m SET "begunAt" = ${now} FROM next WHERE m."id" = next."id" RETURNING m."id"
    ), newest AS (
      SELECT coalesce(max("number"), 0) AS rules FROM "PolicyRevision"
    ), reached AS (
      UPDATE "Recipient" r SET "state" = t."state", "code" = t."code", "reply" = t."reply", "at" = ${now}
      FROM unnest(${recipient(({ id }) => id)}::uuid[], ${recipient(({ position }) => position)}::smallint[],
        ${recipient(({ state }) => state)}::text[], ${recipient(({ code }) => code)}::text[],
        ${recipient(({ reply }) => reply)}::text[]) AS t("id", "position", "state", "code", "reply")
      WHERE r."messageId" = t."id" AND r."position" = t."position" AND t."id" IN (SELECT "id" FROM done)
    ), tried AS (
      INSERT INTO "Attempt" ("messageId", "fence", "part", "mailServerId", "at", "durationMs", "version", "decision", "recipients",
        "outcome", "stage", "code", "reply", "serverMessageId", "positions")
      SELECT t."id", t."fence", t."part", t."mailServerId", t."at", t."durationMs", t."version", t."decision", t."recipients",
        t."outcome", t."stage", t."code", t."reply", t."serverMessageId", t."positions"::smallint[]
      FROM unnest(${attempt(({ id }) => id)}::uuid[], ${attempt(({ fence }) => fence)}::int[],
        ${attempt(({ part }) => part)}::smallint[], ${attempt(({ mailServerId }) => mailServerId)}::uuid[],
        ${attempt(({ at }) => at)}::timestamptz[], ${attempt(({ durationMs }) => durationMs)}::int[],
        ${attempt(({ version }) => version)}::int[], ${attempt(({ decision }) => JSON.stringify(decision))}::jsonb[],
        ${attempt(({ positions }) => positions.length)}::int[], ${attempt(({ outcome }) => outcome)}::text[],
        ${attempt(({ stage }) => stage)}::text[], ${attempt(({ code }) => code)}::text[],
        ${attempt(({ reply }) => reply)}::text[], ${attempt(({ serverMessageId }) => serverMessageId)}::text[],
        ${attempt(({ positions }) => `{${positions.join()}}`)}::text[])
        AS t("id", "fence", "part", "mailServerId", "at", "durationMs", "version", "decision", "recipients", "outcome", "stage",
          "code", "reply", "serverMessageId", "positions")
      WHERE t."id" IN (SELECT "id" FROM done)
    ), emptied AS (
      DELETE FROM "MessageBody" WHERE "messageId" IN (SELECT "id" FROM done WHERE "state" IN ('delivered', 'declined'))
    ), counted AS (
      INSERT INTO "MailboxHour" AS h ("mailServerId", "mailbox", "hour", "recipients", "delivered")
      SELECT g."triedServer", g."triedMailbox", date_trunc('hour', ${now}::timestamptz, 'UTC'), sum(g."taken"),
        count(*) FILTER (WHERE g."state" = 'delivered')
      FROM given g JOIN done USING ("id") GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT ("mailServerId", "mailbox", "hour") DO UPDATE SET "recipients" = h."recipients" + excluded."recipients",
        "delivered" = h."delivered" + excluded."delivered"
    )
    SELECT "id", true AS recorded, rules FROM done, newest UNION ALL SELECT "id", false, rules FROM begun, newest`

const senderOf = ({ decision: { from } }: AttemptRecord) => from?.toLowerCase() ?? null

function ruleOf({ decision: { by, name } }: AttemptRecord): string | null {
  if (by === 'rule') return String(name)
  return by === 'last-line' ? NO_RULE : null
}

/** The value that all attempts have, if any has one. */
function common(values: readonly (string | null)[]): string | null {
  const [first = null, ...rest] = new Set(values.filter((value) => value !== null))
  return rest.length > 0 ? SEVERAL : first
}

/** Recipients that count against the day of the mailbox: the server has accepted them, or may have. */
const usedCount = ({ recipients, attempts }: AttemptResult): number =>
  recipients.filter(({ state }) => state === 'delivered').length +
  attempts.filter(({ outcome }) => outcome === 'unknown').flatMap(({ positions }) => positions).length

/** A reminder counts as sent once the server has accepted its message, and not before. */
async function recordReminder(tx: Tx, { id, state, lastCode, attempts }: AttemptResult, now: Date): Promise<void> {
  // Nothing was attempted: a stop of the worker came first, or the message takes another queue.
  if (state === 'queued' && attempts.length === 0) return
  const reply = attempts.at(-1)?.reply ?? ''
  const fault = state === 'delivered' ? null : { code: lastCode ?? 'unrecognised', evidence: reply }
  await noteResult(tx, { sent: { some: { messageId: id } } }, now, fault)
  const hasFailed = state === 'failed' || state === 'declined'
  const data = fault
    ? { ...(hasFailed && { state: 'failed' }), fault: faultNote(fault, now) }
    : { state: 'sent', sentAt: now }
  await tx.reminder.updateMany({ where: { messageId: id }, data })
}
