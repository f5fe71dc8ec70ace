import { createHash } from 'node:crypto'
import { DAY_MS, MINUTE_MS } from '../kernel'
import type { Credential } from './store/credentials'

/** The pause after an answer that says nothing: Entra or the network may be down. */
const RETRY_MS = 15 * MINUTE_MS

/**
 * Whether the daily probe of a credential is due: no clear answer came since its minute of the day, and none was requested just
 * now. A next credential is probed only after it was accepted once, because a certificate is not usable before its upload.
 */
export function isProbeDue(
  credential: Pick<Credential, 'id' | 'acceptedAt' | 'refusedAt'> & { slot: string },
  lastProbeAt: Date | null,
  now: Date,
): boolean {
  if (credential.slot === 'next' && credential.acceptedAt === null) return false
  if (lastProbeAt && now.getTime() - lastProbeAt.getTime() < RETRY_MS && lastProbeAt <= now) return false
  const answeredMs = Math.max(credential.acceptedAt?.getTime() ?? 0, credential.refusedAt?.getTime() ?? 0)
  // An answer from the future was recorded by a clock that was wrong.
  return answeredMs < lastMinuteMs(credential.id, now) || answeredMs > now.getTime()
}

/** When the daily probe of a credential in use or ready for use comes next, or null if Entra does not know it. */
export const nextProbeAt = (
  { id, kind, slot, acceptedAt }: Pick<Credential, 'id' | 'kind' | 'slot' | 'acceptedAt'>,
  now: Date,
): Date | null =>
  kind !== 'smtp-password' && (slot === 'current' || (slot === 'next' && acceptedAt !== null))
    ? new Date(lastMinuteMs(id, now) + DAY_MS)
    : null

/** When this credential's minute of the day last came, in UTC. */
function lastMinuteMs(credentialId: string, now: Date): number {
  const offset = createHash('sha256').update(credentialId).digest().readUInt32BE(0) % DAY_MS
  return Math.floor((now.getTime() - offset) / DAY_MS) * DAY_MS + offset
}
