import { type Db, direct, type Tx } from '../../db/client'
import { HOUR_MS } from '../../kernel/time'
import type { AttemptRecord, Settlement } from '../message'
import type { OutboxStore, Settled } from '../ports'

type Results = Parameters<OutboxStore['settle']>[0]

/**
 * Results of many attempts in one statement, so in one commit: the message under its fence, its recipients, a row for each
 * attempt, its bytes when it is delivered, the hour's counters, and what is begun next. What is being sent is known by its lease: by
 * its state the planner would look it up among all that were ever being sent, since dead rows stay in that index until it is cleared.
 */
export async function settleMessages(db: Db, results: Results, now: Date): Promise<Settled[]> {
  if (!results.some(({ settlement }) => settlement.source === 'reminder')) return settleAll(db, results, now)
  return db.$transaction(async (tx) => {
    const settled = await settleAll(tx, results, now)
    const own = results.filter(({ settlement }, at) => settlement.source === 'reminder' && settled[at]?.settled)
    for (const { settlement } of own) await tellReminder(tx, settlement, now)
    return settled
  })
}

async function settleAll(db: Db | Tx, results: Results, now: Date): Promise<Settled[]> {
  const all = results.map(({ settlement }) => settlement)
  const next = results.flatMap((result) => result.next ?? [])
  const to = all.flatMap(({ id, recipients }) => recipients.map((each) => ({ ...each, id })))
  const attempts = all.flatMap(({ id, fence, route, attempts: own }) =>
    own.map((each, part) => ({ ...each, id, fence, part, mailServerId: route.mailServerId })),
  )
  const hour = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS)
  const column = <T>(of: (settlement: Settlement) => T): T[] => all.map(of)
  const attempt = <T>(of: (row: (typeof attempts)[number]) => T): T[] => attempts.map(of)
  const rows = await direct(db)<{ id: string; settled: boolean; rules: number }>`/* prepared: outbox-settle */
    WITH given AS MATERIALIZED (
      SELECT * FROM unnest(${column(({ id }) => id)}::uuid[], ${column(({ fence }) => fence)}::int[],
        ${column(({ state }) => state)}::text[], ${column(({ reason }) => reason)}::text[],
        ${column(({ dueAt }) => dueAt)}::timestamptz[], ${column(({ lastCode }) => lastCode)}::text[],
        ${column(({ counts }) => (counts ? 1 : 0))}::int[], ${column(({ mayBeDuplicate }) => mayBeDuplicate)}::bool[],
        ${column(({ route, nextRoute }) => (nextRoute ?? route).mailServerId)}::uuid[],
        ${column(({ route, nextRoute }) => (nextRoute ?? route).mailbox)}::text[],
        ${column(({ route }) => route.mailServerId)}::uuid[], ${column(({ route }) => route.mailbox)}::text[],
        ${column(takenBy)}::int[], ${column(({ movedFromId }) => movedFromId)}::uuid[],
        ${column(({ failoverRejected }) => failoverRejected)}::bool[])
        AS given("id", "fence", "state", "reason", "dueAt", "lastCode", "counts", "mayBeDuplicate", "mailServerId", "mailbox",
          "triedServer", "triedMailbox", "taken", "movedFromId", "failoverRejected")
    ), done AS (
      UPDATE "Message" m SET "state" = g."state", "reason" = g."reason", "dueAt" = coalesce(g."dueAt", m."dueAt"),
        "lastCode" = coalesce(g."lastCode", m."lastCode"), "attemptCount" = m."attemptCount" + g."counts",
        "mayBeDuplicate" = m."mayBeDuplicate" OR g."mayBeDuplicate", "mailServerId" = g."mailServerId", "mailbox" = g."mailbox",
        "movedFromId" = g."movedFromId", "failoverRejected" = g."failoverRejected",
        "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL,
        "endedAt" = CASE WHEN g."state" IN ('queued', 'held') THEN NULL ELSE ${now}::timestamptz END
      FROM given g WHERE m."id" = g."id" AND m."fence" = g."fence" AND m."leasedUntil" IS NOT NULL
      RETURNING m."id", g."state"
    ), begun AS (
      UPDATE "Message" m SET "begunAt" = ${now}
      FROM unnest(${next.map(({ id }) => id)}::uuid[], ${next.map(({ fence }) => fence)}::int[]) AS n("id", "fence")
      WHERE m."id" = n."id" AND m."fence" = n."fence" AND m."leasedUntil" IS NOT NULL
      RETURNING m."id"
    ), newest AS (
      SELECT coalesce(max("number"), 0) AS rules FROM "PolicyRevision"
    ), reached AS (
      UPDATE "Recipient" r SET "state" = t."state", "code" = t."code", "reply" = t."reply", "at" = ${now}
      FROM unnest(${to.map(({ id }) => id)}::uuid[], ${to.map(({ position }) => position)}::smallint[],
        ${to.map(({ state }) => state)}::text[], ${to.map(({ code }) => code)}::text[],
        ${to.map(({ reply }) => reply)}::text[]) AS t("id", "position", "state", "code", "reply")
      WHERE r."messageId" = t."id" AND r."position" = t."position" AND t."id" IN (SELECT "id" FROM done)
    ), tried AS (
      INSERT INTO "Attempt" ("messageId", "fence", "part", "mailServerId", "at", "durationMs", "version", "decision", "recipients",
        "outcome", "stage", "code", "reply", "serverMessageId", "positions")
      SELECT t."id", t."fence", t."part", t."mailServerId", t."at", t."durationMs", t."version", t."decision", t."recipients",
        t."outcome", t."stage", t."code", t."reply", t."serverMessageId", t."positions"::smallint[]
      FROM unnest(${attempt(({ id }) => id)}::uuid[], ${attempt(({ fence }) => fence)}::int[],
        ${attempt(({ part }) => part)}::smallint[], ${attempt(({ mailServerId }) => mailServerId)}::uuid[],
        ${attempt(({ at }) => at)}::timestamptz[], ${attempt(({ durationMs }) => durationMs)}::int[],
        ${attempt(({ version }) => version)}::int[], ${attempt(decisionText)}::jsonb[],
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
      INSERT INTO "MailboxHour" AS h ("mailServerId", "mailbox", "hour", "recipients", "delivered", "failed", "retried")
      SELECT g."triedServer", g."triedMailbox", ${hour}::timestamptz, sum(g."taken"), count(*) FILTER (WHERE g."state" = 'delivered'),
        count(*) FILTER (WHERE g."state" = 'failed'), count(*) FILTER (WHERE g."state" = 'queued')
      FROM given g JOIN done USING ("id") GROUP BY 1, 2 ORDER BY 1, 2
      ON CONFLICT ("mailServerId", "mailbox", "hour") DO UPDATE SET "recipients" = h."recipients" + excluded."recipients",
        "delivered" = h."delivered" + excluded."delivered", "failed" = h."failed" + excluded."failed",
        "retried" = h."retried" + excluded."retried"
    )
    SELECT "id", true AS settled, rules FROM done, newest UNION ALL SELECT "id", false, rules FROM begun, newest`
  const settled = new Set(rows.filter((row) => row.settled).map(({ id }) => id))
  const begun = new Set(rows.filter((row) => !row.settled).map(({ id }) => id))
  return results.map(({ settlement, next: after }) => ({
    settled: settled.has(settlement.id),
    begun: after !== null && begun.has(after.id),
    rules: rows[0]?.rules ?? 0,
  }))
}

const decisionText = ({ decision }: AttemptRecord): string => JSON.stringify(decision)

const takenBy = ({ recipients }: Settlement): number => recipients.filter(({ state }) => state === 'delivered').length

/** A reminder is told when the server has taken its mail, and not before (F-65). */
async function tellReminder(tx: Tx, { id, state, lastCode, attempts }: Settlement, now: Date): Promise<void> {
  const evidence = attempts.at(-1)?.reply ?? ''
  const fault = { code: lastCode ?? 'unrecognised', evidence, at: now.toISOString() }
  const channel = { reminders: { some: { messageId: id } } }
  if (state === 'delivered') {
    await tx.reminder.updateMany({ where: { messageId: id }, data: { state: 'sent', sentAt: now } })
    await tx.$executeRaw`
      UPDATE "NotificationChannel" SET "lastSentAt" = ${now}, "lastFault" = NULL
      WHERE "id" IN (SELECT "channelId" FROM "Reminder" WHERE "messageId" = ${id}::uuid)`
    return
  }
  await tx.notificationChannel.updateMany({ where: channel, data: { lastFault: fault } })
  if (state === 'failed' || state === 'declined' || state === 'cancelled')
    await tx.reminder.updateMany({ where: { messageId: id }, data: { state: 'failed', fault } })
  else await tx.reminder.updateMany({ where: { messageId: id }, data: { fault } })
}
