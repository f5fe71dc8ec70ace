import type pg from 'pg'

/**
 * What was on its way when the backup was made may have arrived since: it waits for a person instead of happening twice
 *. Released, a message is one that may be a second copy. In the restore's transaction, on the restored rows.
 *
 * @returns how many of each kind.
 */
export async function holdUnfinished(client: pg.ClientBase): Promise<{ messages: number; rotations: number }> {
  const messages = await client.query(
    `UPDATE "Message" SET "state" = 'held', "reason" = 'restored', "mayBeDuplicate" = true, "fence" = "fence" + 1,
       "leasedUntil" = NULL, "holder" = NULL, "begunAt" = NULL
     WHERE "state" IN ('queued', 'sending')`,
  )
  const rotations = await client.query(
    `UPDATE "Rotation" SET "nextTryAt" = NULL WHERE "endedAt" IS NULL AND "nextTryAt" IS NOT NULL`,
  )
  return { messages: messages.rowCount ?? 0, rotations: rotations.rowCount ?? 0 }
}
