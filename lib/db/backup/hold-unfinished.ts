import type pg from 'pg'
import { NEVER } from '../../kernel'

/**
 * Messages that were waiting when the backup was made may have been delivered since, so they are held for a person instead of being sent
 * twice. A message that is released is marked as a possible duplicate. Failures that waited to be reported may have been reported since,
 * so they are not. Runs in the restore's transaction, on the restored rows.
 */
export async function holdUnfinished(client: pg.ClientBase) {
  const messages = await client.query(
    `UPDATE "Message" SET "state" = 'held', "reason" = 'restored', "mayBeDuplicate" = true, "fence" = "fence" + 1,
       "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL
     WHERE "state" IN ('queued', 'sending')`,
  )
  await client.query(
    `UPDATE "OtherQueue" o SET "dueAt" = $1 FROM "Message" m WHERE m."id" = o."messageId" AND m."state" = 'held'`,
    [NEVER],
  )
  const rotations = await client.query(
    `UPDATE "Rotation" SET "nextAttemptAt" = NULL WHERE "endedAt" IS NULL AND "nextAttemptAt" IS NOT NULL`,
  )
  const reports = await client.query(
    `UPDATE "FailureReport" SET "state" = 'unwanted', "decidedAt" = now(), "header" = NULL WHERE "state" = 'due'`,
  )
  const held = { messages: messages.rowCount ?? 0, rotations: rotations.rowCount ?? 0 }
  return { held, reportsDropped: reports.rowCount ?? 0 }
}
