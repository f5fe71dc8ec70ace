import type { Db } from '../../db/client'
import { named } from '../../db/one-row'
import { fail, ok, type Result } from '../../kernel'
import type { Idempotency } from '../../outbox/message'
import { type Refusal, refusal } from '../refusal'

/** The message that a client sent with this key, or the refusal if that was another one; null if the key is new. */
export async function readUse(
  db: Db,
  clientId: string,
  { key, bodyHash }: Idempotency,
): Promise<Result<{ id: string }, Refusal> | null> {
  const use = await db.idempotencyKey.findUnique({
    where: { clientId_key: { clientId: named(clientId), key: named(key) } },
    select: { bodyHash: true, messageId: true },
  })
  if (!use) return null
  return use.bodyHash === bodyHash ? ok({ id: use.messageId }) : fail(refusal('idempotency-key-reused'))
}
