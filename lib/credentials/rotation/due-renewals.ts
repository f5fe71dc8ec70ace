import { X509Certificate } from 'node:crypto'
import type { Db } from '../../db'
import { DAY_MS } from '../../kernel'
import type { StoredCredential } from '../store/credentials'
import { currentWithoutNext } from '../store/due'
import { listRotations, openRotation, type Rotation } from '../store/rotations'
import { readWatch } from '../store/watch-settings'
import { isLedByWorker } from './rotation'

/** Enough to include the past automatic rotations of one credential. */
export const ROTATIONS_READ = 20
/** After that many failures a person has to fix the cause. Reminders of the expiry are sent as usual. */
export const AUTOMATIC_ATTEMPTS_MAX = 5

/**
 * Ids of the mail servers whose secret, or certificate made here, expires soon and is to be replaced now, if the administrator wants that;
 * or the one of them that has this id. Each failure doubles the pause before the next attempt, starting with a day; mail uses the current
 * credential until it expires.
 */
export async function dueRenewals(db: Db, now: Date, id?: string): Promise<string[]> {
  const { rotateDaysBefore } = await readWatch(db)
  if (rotateDaysBefore === null) return []
  const due: string[] = []
  for (const current of await currentWithoutNext(db, id)) {
    if (!expiresSoon(current, rotateDaysBefore, now)) continue
    // One that only waits for a person to remove its previous credential ends with the next.
    const open = await openRotation(db, current.mailServerId)
    if (open && isLedByWorker(open)) continue
    const at = attemptTime(current, await listRotations(db, current.mailServerId, ROTATIONS_READ))
    if (at && now >= at) due.push(current.mailServerId)
  }
  return due
}

const expiresSoon = (credential: StoredCredential, daysBefore: number, now: Date): boolean => {
  const at = renewalTime(credential, daysBefore, now)
  return at !== null && now >= at
}

/**
 * The time from which a credential is renewed automatically, or null if never. It is never within the first half of its life: a policy may
 * allow less than the configured number of days, and the credential would be rotated every day. An expired certificate cannot authorise its
 * successor.
 */
export function renewalTime(
  credential: Pick<StoredCredential, 'kind' | 'certificate' | 'expiresAt' | 'startsAt' | 'currentSince' | 'createdAt'>,
  daysBefore: number,
  now: Date,
): Date | null {
  const { kind, certificate, expiresAt, startsAt, currentSince, createdAt } = credential
  if (expiresAt === null) return null
  if (kind !== 'client-secret' && (expiresAt <= now || !isSelfSigned(certificate))) return null
  const from = (startsAt ?? currentSince ?? createdAt).getTime()
  const half = from + (expiresAt.getTime() - from) / 2
  return new Date(Math.max(half, expiresAt.getTime() - daysBefore * DAY_MS))
}

/** An administrator chose a certificate authority for a reason, so its certificate is not replaced by a self-signed one. */
function isSelfSigned(pem: string | null): boolean {
  if (pem === null) return false
  const certificate = new X509Certificate(pem)
  // `checkIssued` is not usable: it requires the right to sign certificates, which ours do not have.
  return certificate.verify(certificate.publicKey)
}

/**
 * The time from which the failures before allow another automatic attempt, or null if there were too many of them.
 *
 * @param rotations of its mail server, newest first
 */
export function attemptTime(
  { currentSince, createdAt }: Pick<StoredCredential, 'currentSince' | 'createdAt'>,
  rotations: readonly Rotation[],
): Date | null {
  const since = currentSince ?? createdAt
  const failed = rotations.filter(
    ({ automatic, step, startedAt }) => automatic && startedAt >= since && (step === 'failed' || step === 'given-up'),
  )
  const [latest] = failed
  if (!latest) return since
  if (failed.length >= AUTOMATIC_ATTEMPTS_MAX) return null
  return new Date((latest.endedAt ?? latest.updatedAt).getTime() + DAY_MS * 2 ** (failed.length - 1))
}
