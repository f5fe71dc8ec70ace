import type { Db } from '../../db'
import { isProbeDue } from '../probe-time'
import { type StoredCredential, storedCredentialOf } from './credentials'

/*
 * Whether the worker has anything to do for credentials. Each is one small query, so that the clients of Entra and Graph are loaded
 * only when they are needed.
 */

export const rotationIsDue = async (db: Db, until: Date): Promise<boolean> =>
  (await db.rotation.count({ where: { endedAt: null, nextAttemptAt: { lte: until } } })) > 0

/** Ids of the credentials in use or ready for use whose daily probe is due, or the one of them that has this id. */
export async function dueProbes(db: Db, now: Date, id?: string): Promise<string[]> {
  const inUse = await db.credential.findMany({
    where: {
      ...(id && { id }),
      removedAt: null,
      NOT: { kind: 'smtp-password' },
      OR: [{ slot: { in: ['current', 'next'] } }, { fallbackUntil: { gt: now } }],
    },
    select: {
      id: true,
      slot: true,
      acceptedAt: true,
      refusedAt: true,
      probes: { orderBy: { at: 'desc' }, take: 1, select: { at: true } },
    },
  })
  return inUse
    .filter((credential) => isProbeDue(credential, credential.probes[0]?.at ?? null, now))
    .map((credential) => credential.id)
}

/** The credentials in use that have an expiry date and whose mail server has no next one, or the one of this mail server. */
export async function currentWithoutNext(db: Db, mailServerId?: string): Promise<StoredCredential[]> {
  const rows = await db.credential.findMany({
    where: {
      ...(mailServerId && { mailServerId }),
      slot: 'current',
      removedAt: null,
      expiresAt: { not: null },
      mailServer: { removedAt: null, credentials: { none: { slot: 'next', removedAt: null } } },
    },
  })
  return rows.map(storedCredentialOf)
}
