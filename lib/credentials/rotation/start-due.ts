import { X509Certificate } from 'node:crypto'
import { DAY_MS, SYSTEM_CALLER } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import type { StoredCredential } from '../store/credentials'
import { listRotations, openRotation, type Rotation } from '../store/rotations'
import { listServers } from '../store/servers'
import { readSlots } from '../store/slots'
import { readWatch } from '../store/watch-settings'
import { beginRotation } from './begin'
import { isLedByWorker } from './rotation'

/** Enough to include the past automatic rotations of one credential. */
const ROTATIONS_READ = 20
/** After that many failures a person has to fix the cause. Reminders of the expiry are sent as usual. */
const AUTOMATIC_ATTEMPTS_MAX = 5

/**
 * Begins the rotation of every secret, and of every certificate made here, that expires soon, if the administrator wants that. Each
 * failure doubles the pause before the next attempt, starting with a day; mail uses the current credential until it expires.
 */
export async function startDue(deps: CredentialsDeps): Promise<void> {
  const { db, clock } = deps
  const { rotateDaysBefore } = await readWatch(db)
  if (rotateDaysBefore === null) return
  for (const { id } of await listServers(deps)) {
    const now = clock.now()
    const slots = await readSlots(deps, id, now)
    const current = slots?.current
    if (!current || slots.next || !expiresSoon(current, rotateDaysBefore, now)) continue
    // One that only waits for a person to remove its previous credential ends with the next.
    const open = await openRotation(db, id)
    if (open && isLedByWorker(open)) continue
    if (!mayRetry(current, await listRotations(db, id, ROTATIONS_READ), now)) continue
    await beginRotation(deps, SYSTEM_CALLER, { mailServerId: id, automatic: true })
  }
}

/** An expired certificate cannot authorise its successor. */
const expiresSoon = (credential: StoredCredential, daysBefore: number, now: Date): boolean => {
  const at = renewalTime(credential, daysBefore)
  const { kind, expiresAt } = credential
  return at !== null && now >= at && (kind === 'client-secret' || (expiresAt !== null && now < expiresAt))
}

/**
 * The time from which a credential is renewed automatically, or null if never. It is never within the first half of its life: a policy may
 * allow less than the configured number of days, and the credential would be rotated every day.
 */
export function renewalTime(
  credential: Pick<StoredCredential, 'kind' | 'certificate' | 'expiresAt' | 'startsAt' | 'currentSince' | 'createdAt'>,
  daysBefore: number,
): Date | null {
  const { kind, certificate, expiresAt, startsAt, currentSince, createdAt } = credential
  if (expiresAt === null || !(kind === 'client-secret' || isSelfSigned(certificate))) return null
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

/** @param rotations of its mail server, newest first */
function mayRetry(
  { currentSince, createdAt }: Pick<StoredCredential, 'currentSince' | 'createdAt'>,
  rotations: readonly Rotation[],
  now: Date,
): boolean {
  const since = currentSince ?? createdAt
  const failed = rotations.filter(
    ({ automatic, step, startedAt }) => automatic && startedAt >= since && (step === 'failed' || step === 'given-up'),
  )
  const [latest] = failed
  if (!latest) return true
  const pauseMs = DAY_MS * 2 ** (failed.length - 1)
  return (
    failed.length < AUTOMATIC_ATTEMPTS_MAX && now.getTime() >= (latest.endedAt ?? latest.updatedAt).getTime() + pauseMs
  )
}
