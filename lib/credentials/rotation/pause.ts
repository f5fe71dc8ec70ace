import type { Clock } from '../../kernel/clock'
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../kernel/time'
import type { CredentialsDeps } from '../deps'
import { type Rotation, stepRotation } from '../store/rotations'
import { end, type GraphFault, isTemporary, noteOf } from './graph-call'
import type { RotationFaultNote, RotationStep } from './rotation'

const PAUSE_MIN_MS = 15 * SECOND_MS
const PAUSE_MAX_MS = 6 * HOUR_MS
/** Until then mail does not depend on the new credential. If it takes longer, a person should do it by hand. */
const ABORT_AFTER_MS = DAY_MS

/** Half the time that has passed: pauses grow without a counter, which would have to survive a crash. */
export function pauseUntil(since: Date, now: Date, retryAfterMs: number | null = null): Date {
  const grown = Math.min(PAUSE_MAX_MS, (now.getTime() - since.getTime()) / 2)
  return new Date(now.getTime() + Math.max(PAUSE_MIN_MS, grown, Math.min(retryAfterMs ?? 0, PAUSE_MAX_MS)))
}

/** Schedules the same step, or an earlier one, for later. What Microsoft did in the failed attempt is looked up then. */
export async function pause(
  deps: CredentialsDeps,
  rotation: Rotation,
  { since, fault, note, step }: { since: Date; fault?: GraphFault; note: RotationFaultNote; step?: RotationStep },
): Promise<void> {
  const retryAfterMs = fault?.kind === 'throttled' || fault?.kind === 'unavailable' ? fault.retryAfterMs : null
  const nextAttemptAt = pauseUntil(since, deps.clock.now(), retryAfterMs)
  await stepRotation(deps, rotation, { nextAttemptAt, fault: note, ...(step && { step }) })
}

export const isLate = ({ clock }: { clock: Clock }, { startedAt }: Rotation): boolean =>
  clock.now().getTime() - startedAt.getTime() > ABORT_AFTER_MS

/** After a fault before anything was added at Microsoft. */
export async function retryOrEnd(deps: CredentialsDeps, rotation: Rotation, fault: GraphFault): Promise<void> {
  const note = noteOf(fault, deps.clock)
  if (!isTemporary(fault)) return end(deps, rotation, 'failed', note)
  if (isLate(deps, rotation)) return end(deps, rotation, 'given-up', note)
  await pause(deps, rotation, { since: rotation.startedAt, fault, note })
}
