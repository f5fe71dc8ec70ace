import { type Db, direct, type Tx } from '../../db'
import { type AcceptedMessage, NOTIFICATIONS } from '../message'
import { type StoreDeps, storing } from './deps'

/**
 * Stores accepted messages; they are durable when it returns. Throws `Unstorable`, and stores none, if one of them holds data that the
 * database refuses, or an idempotency key that is used already.
 */
export const insertAccepted = ({ db }: StoreDeps, messages: readonly AcceptedMessage[]): Promise<void> =>
  storing(insertMessages(db, messages))

/** Writes messages with texts and recipients in one statement, which is a transaction or part of the caller's. */
export async function insertMessages(db: Db | Tx, messages: readonly AcceptedMessage[]): Promise<void> {
  const column = <T>(read: (message: AcceptedMessage) => T): T[] => messages.map(read)
  const recipients = messages.flatMap(({ id, recipients: addresses }) =>
    addresses.map((address, position) => ({ id, position, address })),
  )
  const further = messages.flatMap(({ id, otherQueues, acceptedAt }) =>
    otherQueues.map((queue) => ({ ...queue, id, acceptedAt })),
  )
  // All texts travel as one value, which the statement cuts up: in a list, each one would be encoded in hexadecimal. It is the last one,
  // because the driver copies what it has written whenever its buffer is full.
  const starts: number[] = []
  let end = 1
  for (const { bytes } of messages) {
    starts.push(end)
    end += bytes.length
  }
  const keyed = messages.flatMap(({ id, submission, acceptedAt }) =>
    submission?.idempotency ? { ...submission.idempotency, id, clientId: submission.clientId, acceptedAt } : [],
  )
  await direct(db)`/* prepared: outbox-accept */
    WITH given AS MATERIALIZED (
      SELECT * FROM unnest(${column(({ id }) => id)}::uuid[], ${column(({ mailServerId }) => mailServerId)}::uuid[],
        ${column(({ mailbox }) => mailbox)}::text[], ${column(({ source }) => source)}::text[],
        ${column(({ cause }) => cause)}::text[], ${column(({ originator }) => originator)}::text[],
        ${column(({ subject }) => subject)}::text[], ${column(({ messageId }) => messageId)}::text[],
        ${column(({ bytes }) => bytes.length)}::int[], ${column(({ needsUtf8 }) => needsUtf8)}::bool[],
        ${column(({ acceptedAt }) => acceptedAt.toISOString())}::timestamptz[], ${column(({ expiresAt }) => expiresAt.toISOString())}::timestamptz[],
        ${column(({ submission }) => submission?.clientId ?? null)}::uuid[],
        ${column(({ submission }) => submission?.returnPath ?? null)}::text[],
        ${column(({ submission }) => submission?.originalLines ?? null)}::text[], ${starts}::int[])
        AS given("id", "mailServerId", "mailbox", "source", "cause", "originator", "subject", "messageId", "sizeBytes", "needsUtf8",
          "acceptedAt", "expiresAt", "clientId", "returnPath", "originalLines", "start")
    ), message AS (
      INSERT INTO "Message" ("id", "mailServerId", "mailbox", "source", "cause", "originator", "subject", "messageId",
        "sizeBytes", "needsUtf8", "acceptedAt", "dueAt", "expiresAt", "clientId", "returnPath", "originalLines")
      SELECT "id", "mailServerId", "mailbox", "source", "cause", "originator", "subject", "messageId",
        "sizeBytes", "needsUtf8", "acceptedAt", CASE WHEN "source" = ANY(${NOTIFICATIONS}::text[]) THEN "acceptedAt" - ("expiresAt" - "acceptedAt")
          ELSE "acceptedAt" END, "expiresAt", "clientId", "returnPath", "originalLines" FROM given
    ), keyed AS (
      INSERT INTO "IdempotencyKey" ("clientId", "key", "bodyHash", "messageId", "at")
      SELECT * FROM unnest(${keyed.map(({ clientId }) => clientId)}::uuid[], ${keyed.map(({ key }) => key)}::text[],
        ${keyed.map(({ bodyHash }) => bodyHash)}::text[], ${keyed.map(({ id }) => id)}::uuid[],
        ${keyed.map(({ acceptedAt }) => acceptedAt)}::timestamptz[])
    ), event AS (
      INSERT INTO "MessageEvent" ("channelId", "messageId", "event", "at", "nextAttemptAt")
      SELECT c."id", g."id", 'accepted', g."acceptedAt", g."acceptedAt"
      FROM given g JOIN "NotificationChannel" c ON c."enabled" AND cardinality(c."messageEvents") > 0 AND 'accepted' = ANY(c."messageEvents")
        AND (c."messageClientId" IS NULL OR c."messageClientId" = g."clientId")
      WHERE g."clientId" IS NOT NULL ORDER BY g."id"
    ), other AS (
      INSERT INTO "OtherQueue" ("messageId", "mailServerId", "mailbox", "dueAt")
      SELECT * FROM unnest(${further.map(({ id }) => id)}::uuid[], ${further.map(({ mailServerId }) => mailServerId)}::uuid[],
        ${further.map(({ mailbox }) => mailbox)}::text[], ${further.map(({ acceptedAt }) => acceptedAt)}::timestamptz[])
    ), recipient AS (
      INSERT INTO "Recipient" ("messageId", "position", "address")
      SELECT * FROM unnest(${recipients.map(({ id }) => id)}::uuid[], ${recipients.map(({ position }) => position)}::smallint[],
        ${recipients.map(({ address }) => address)}::text[])
    )
    INSERT INTO "MessageBody" ("messageId", "bytes")
    SELECT "id", substring("whole" FROM "start" FOR "sizeBytes")
    FROM given, (SELECT ${joined(column(({ bytes }) => bytes))}::bytea AS "whole") AS texts`
}

/** A single text is not copied, since it may be large. */
const joined = ([first, ...rest]: readonly Buffer[]): Buffer | undefined =>
  first && rest.length > 0 ? Buffer.concat([first, ...rest]) : first
