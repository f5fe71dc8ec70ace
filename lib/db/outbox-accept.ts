import type { AcceptedMessage } from '../outbox/message'
import type { Waiting } from '../outbox/ports'
import type { Db, Tx } from './client'

/** Writes messages with bodies and recipients in one statement: alone it is one transaction, or part of the caller's. */
export async function insertMessages(db: Db | Tx, messages: readonly AcceptedMessage[]): Promise<void> {
  const column = <T>(of: (message: AcceptedMessage) => T): T[] => messages.map(of)
  const to = messages.flatMap(({ id, recipients }) =>
    recipients.map((address, position) => ({ id, position, address })),
  )
  await db.$executeRaw`/* prepared: outbox-accept */
    WITH message AS (
      INSERT INTO "Message" ("id", "mailServerId", "mailbox", "source", "cause", "originator", "subject", "messageId",
        "sizeBytes", "needsUtf8", "acceptedAt", "dueAt", "giveUpAt")
      SELECT given.*
      FROM unnest(${column(({ id }) => id)}::uuid[], ${column(({ mailServerId }) => mailServerId)}::uuid[],
        ${column(({ mailbox }) => mailbox)}::text[], ${column(({ source }) => source)}::text[],
        ${column(({ cause }) => cause)}::text[], ${column(({ originator }) => originator)}::text[],
        ${column(({ subject }) => subject)}::text[], ${column(({ messageId }) => messageId)}::text[],
        ${column(({ bytes }) => bytes.length)}::int[], ${column(({ needsUtf8 }) => needsUtf8)}::bool[],
        ${column(({ acceptedAt }) => acceptedAt)}::timestamptz[], ${column(({ acceptedAt }) => acceptedAt)}::timestamptz[],
        ${column(({ giveUpAt }) => giveUpAt)}::timestamptz[]) AS given
    ), body AS (
      INSERT INTO "MessageBody" ("messageId", "bytes")
      SELECT * FROM unnest(${column(({ id }) => id)}::uuid[], ${column(({ bytes }) => bytes)}::bytea[])
    )
    INSERT INTO "Recipient" ("messageId", "position", "address")
    SELECT * FROM unnest(${to.map(({ id }) => id)}::uuid[], ${to.map(({ position }) => position)}::smallint[],
      ${to.map(({ address }) => address)}::text[])`
}

export async function readWaiting(db: Db): Promise<Waiting> {
  const [row] = await db.$queryRaw<{ messages: bigint; bytes: bigint | null }[]>`
    SELECT sum(messages)::bigint AS messages, sum(bytes)::bigint AS bytes FROM (
      SELECT count(*) AS messages, sum("sizeBytes") AS bytes FROM "Message" WHERE "state" = 'queued'
      UNION ALL SELECT count(*), sum("sizeBytes") FROM "Message" WHERE "state" = 'sending'
      UNION ALL SELECT count(*), sum("sizeBytes") FROM "Message" WHERE "state" = 'held') waiting`
  return { messages: Number(row?.messages ?? 0), bytes: Number(row?.bytes ?? 0) }
}
