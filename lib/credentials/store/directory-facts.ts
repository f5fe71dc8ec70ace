import type { AuditEntry } from '../../audit/entry'
import { appendAudit } from '../../audit/store/log'
import { QUEUED } from '../../db/client'
import type { DirectoryCredential } from '../../entra/contracts'
import type { CredentialStoreDeps } from '../deps'

/**
 * Keeps what Graph says about a credential: its ids and dates. Graph's expiry date becomes the credential's own where none was
 * known, or where the known one also came from Graph.
 *
 * @param more.applicationObjectId left as it is if not given
 */
export async function saveDirectoryFacts(
  { db, clock }: Pick<CredentialStoreDeps, 'db' | 'clock'>,
  credentialId: string,
  { keyId, hint, startsAt, endsAt }: Pick<DirectoryCredential, 'keyId' | 'hint' | 'startsAt' | 'endsAt'>,
  { applicationObjectId, audit = null }: { applicationObjectId?: string; audit?: AuditEntry | null } = {},
): Promise<void> {
  await db.$transaction(async (tx) => {
    const now = clock.now()
    await tx.credential.update({
      where: { id: credentialId },
      data: {
        keyId,
        hint,
        foundExpiresAt: endsAt,
        foundAt: now,
        ...(startsAt && { startsAt }),
        ...(applicationObjectId !== undefined && { applicationObjectId }),
      },
    })
    // A typed date and a certificate's own date stay.
    if (endsAt !== null)
      await tx.credential.updateMany({
        where: { id: credentialId, OR: [{ expiresAt: null }, { expirySource: 'graph', NOT: { expiresAt: endsAt } }] },
        data: { expiresAt: endsAt, expirySource: 'graph', expiryVersion: { increment: 1 } },
      })
    if (audit) await appendAudit(tx, audit, now)
  }, QUEUED)
}
