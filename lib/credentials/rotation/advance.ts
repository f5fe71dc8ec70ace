import { SYSTEM_CALLER } from '../../kernel/actor'
import { SECOND_MS } from '../../kernel/time'
import type { CredentialsDeps } from '../deps'
import { claimRotation, type Rotation, stepRotation } from '../store/rotations'
import { stepThroughGraph } from './graph-steps'
import { isLedByWorker } from './rotation'
import { testNext } from './test-next'

/** Longer than any step takes. After a crash the rotation becomes due again when the lease ends. */
const LEASE_MS = 90 * SECOND_MS
/** Bounds one call. A mail server has one open rotation, and no deployment has a thousand mail servers. */
const ROTATIONS_MAX = 100

/**
 * For the worker, every few seconds: takes every due rotation one step further. Any number of workers may call this at once, because
 * each rotation is claimed by one.
 *
 * @returns how many rotations were due
 */
export async function advanceDueRotations(deps: CredentialsDeps): Promise<number> {
  for (let count = 0; count < ROTATIONS_MAX; count++) {
    const rotation = await claimRotation(deps.db, deps.clock.now(), LEASE_MS)
    if (!rotation) return count
    await advance(deps, rotation)
  }
  return ROTATIONS_MAX
}

async function advance(deps: CredentialsDeps, rotation: Rotation): Promise<void> {
  if (isLedByWorker(rotation) && (await stepThroughGraph(deps, rotation))) return
  if (rotation.step === 'added') await testNext(deps, SYSTEM_CALLER, rotation.mailServerId)
  // A person takes this step.
  else await stepRotation(deps, rotation, { nextAttemptAt: null })
}
