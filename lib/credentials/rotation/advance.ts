import { SYSTEM_CALLER } from '../../kernel/actor'
import { probeDue } from '../daily-check'
import type { CredentialsDeps, RotationStepper } from '../deps'
import { discover } from '../inventory/discover'
import type { Rotation } from '../ports'
import { startDue } from './due'
import { testNext } from './test-next'

/** Longer than any step takes; after a crash the rotation comes up again when it is over. */
const LEASE_MS = 90_000
/** Of one call: a mail server has one rotation, and nobody has a thousand mail servers. */
const ROTATIONS_MAX = 100

/**
 * Takes every rotation whose time has come one step further. Any number of workers may call this at once: each rotation is
 * claimed by one.
 *
 * @param steppers for the ways that more than a test belongs to; asked first.
 * @returns how many were taken up.
 */
export async function advanceDueRotations(
  deps: CredentialsDeps,
  steppers: readonly RotationStepper[],
): Promise<number> {
  const { store, clock } = deps
  for (let taken = 0; taken < ROTATIONS_MAX; taken++) {
    const rotation = await store.claimRotation(clock.now(), LEASE_MS)
    if (!rotation) return taken
    await step(deps, rotation, steppers)
  }
  return ROTATIONS_MAX
}

async function step(deps: CredentialsDeps, rotation: Rotation, steppers: readonly RotationStepper[]): Promise<void> {
  for (const take of steppers) if (await take(rotation)) return
  if (rotation.step === 'added') {
    await testNext(deps, SYSTEM_CALLER, rotation.mailServerId)
    return
  }
  // A person takes this step.
  await deps.store.stepRotation(rotation, { nextTryAt: null }, null)
}

/** Old probes go; the newest of each credential stays. */
const PROBES_KEPT_MS = 400 * 24 * 60 * 60 * 1000
const FOUND_AGAIN_MS = 24 * 60 * 60 * 1000

/**
 * What the clock does for every credential by and by: the day's question, replacements that are due, and Graph's dates where they
 * were read before.
 */
export async function runDailyChecks(deps: CredentialsDeps): Promise<{ probed: number; found: number }> {
  const { store, clock } = deps
  const probed = await probeDue(deps)
  await startDue(deps)
  const now = clock.now()
  let found = 0
  for (const { id } of await store.servers()) {
    const slots = await store.slots(id, now)
    const foundAt = slots?.current?.foundAt ?? null
    if (foundAt === null || now.getTime() - foundAt.getTime() < FOUND_AGAIN_MS) continue
    if ((await discover(deps, SYSTEM_CALLER, id)).ok) found += 1
  }
  await store.forgetProbes(new Date(now.getTime() - PROBES_KEPT_MS))
  return { probed, found }
}
