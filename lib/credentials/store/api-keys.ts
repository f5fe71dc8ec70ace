import type { Db } from '../../db/client'
import { ownersOf } from './channels'
import type { Credential } from './credentials'

/** What Entra and the slots of a mail server would say of it. A key has one slot, and no one but this console decides about it. */
const NOT_AT_ENTRA = {
  slot: 'current',
  acceptedAt: null,
  refusedAt: null,
  refusedCode: null,
  foundAt: null,
  foundExpiresAt: null,
  keyId: null,
  note: '',
  replacedAt: null,
  removedAt: null,
} as const satisfies Partial<Credential>

/**
 * The keys of clients that may use them, each with its client. Those without an expiry date do not expire, so nothing is to be said
 * about them.
 */
export async function listApiKeys(db: Db) {
  const rows = await db.client.findMany({
    where: { way: 'api-key', removedAt: null, disabledAt: null, expiresAt: { not: null } },
    omit: { secretHash: true },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ id, name, senders, owner, hint, secretAt, createdAt, expiresAt, expiryVersion }) => ({
    ...NOT_AT_ENTRA,
    kind: 'api-key' as const,
    id,
    hint,
    createdAt,
    expiresAt,
    expiryVersion,
    client: { id, name, senders },
    owners: ownersOf(owner),
    startsAt: secretAt,
  }))
}
