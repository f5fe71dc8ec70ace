import { createHash } from 'node:crypto'
import { DAY_MS } from '../kernel/time'
import type { Credential } from './credential'

/** After no clear answer; Entra may be away, or the network. */
const TRY_AGAIN_MS = 15 * 60 * 1000

/**
 * Due when nothing clear was heard since its minute of the day last came, and nobody asked a moment ago. A next credential not
 * before it was accepted once: whoever prepares it says when it is ready, as a certificate is not before its upload.
 */
export function isDue(
  credential: Pick<Credential, 'id' | 'acceptedAt' | 'refusedAt'> & { slot: string },
  lastAskedAt: Date | null,
  now: Date,
): boolean {
  if (credential.slot === 'next' && credential.acceptedAt === null) return false
  if (lastAskedAt && now.getTime() - lastAskedAt.getTime() < TRY_AGAIN_MS && lastAskedAt <= now) return false
  const heardMs = Math.max(credential.acceptedAt?.getTime() ?? 0, credential.refusedAt?.getTime() ?? 0)
  // A word from the future is of a clock that was wrong.
  return heardMs < lastMinuteMs(credential.id, now) || heardMs > now.getTime()
}

/** When this credential's minute of the day last came, in UTC. */
function lastMinuteMs(credentialId: string, now: Date): number {
  const offset = createHash('sha256').update(credentialId).digest().readUInt32BE(0) % DAY_MS
  return Math.floor((now.getTime() - offset) / DAY_MS) * DAY_MS + offset
}
