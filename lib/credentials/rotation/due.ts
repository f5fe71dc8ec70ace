import { X509Certificate } from 'node:crypto'
import { SYSTEM_CALLER } from '../../kernel/actor'
import { DAY_MS } from '../../kernel/time'

import type { CredentialsDeps } from '../deps'
import type { Rotation, StoredCredential } from '../ports'
import { beginRotation } from './start'

/** Enough to see the past tries of one credential. */
const ROTATIONS_READ = 20
/** What was refused so often is for a person to mend; reminders of the end go on meanwhile. */
const AUTOMATIC_TRIES_MAX = 5

/**
 * Begins the replacement of every secret and every certificate made here that ends soon, where the administrator wants it so. Each failed try doubles the pause
 * before the next, from a day on; after the last a person must look, and mail goes on by the current secret until its end.
 *
 * @returns how many were begun.
 */
export async function startDue(deps: CredentialsDeps): Promise<number> {
  const { store, clock } = deps
  const { rotateDaysBefore } = await store.watch()
  if (rotateDaysBefore === null) return 0
  let begun = 0
  for (const { id } of await store.servers()) {
    const now = clock.now()
    const slots = await store.slots(id, now)
    const current = slots?.current
    if (!current || slots.next || !endsSoon(current, rotateDaysBefore, now)) continue
    if (await store.openRotation(id)) continue
    if (!mayTry(current, await store.rotations(id, ROTATIONS_READ), now)) continue
    const started = await beginRotation(deps, SYSTEM_CALLER, { mailServerId: id, automatic: true })
    if (started.ok) begun += 1
  }
  return begun
}

/** Never within the first half of its life: a policy may allow less of it than the wished-for days, and it would go round daily. */
function endsSoon(
  { kind, certificate, expiresAt, startsAt, currentSince, createdAt }: StoredCredential,
  daysBefore: number,
  now: Date,
): boolean {
  if (expiresAt === null) return false
  // A certificate that has ended can vouch for no other.
  const isOurs = kind === 'client-secret' || (isSelfSigned(certificate) && now < expiresAt)
  if (!isOurs) return false
  const from = (startsAt ?? currentSince ?? createdAt).getTime()
  const half = from + (expiresAt.getTime() - from) / 2
  return now.getTime() >= Math.max(half, expiresAt.getTime() - daysBefore * DAY_MS)
}

/** One of a certificate authority was chosen for a reason; it is not replaced by one of our own making unasked. */
function isSelfSigned(pem: string | null): boolean {
  if (pem === null) return false
  const certificate = new X509Certificate(pem)
  // Not checkIssued: it wants the right to sign certificates, which ours have not.
  return certificate.verify(certificate.publicKey)
}

/** @param rotations of its mail server, newest first. */
function mayTry(
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
    failed.length < AUTOMATIC_TRIES_MAX && now.getTime() >= (latest.endedAt ?? latest.updatedAt).getTime() + pauseMs
  )
}
