import { DAY_MS, MINUTE_MS, SECOND_MS, SYSTEM_CALLER } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import { applicationLeft, claimRotation, type Rotation, stepRotation } from '../store/rotations'
import { readSlots } from '../store/slots'
import { abandonNext } from './leftovers'
import { makeCurrent } from './make-current'
import { addAtMicrosoft, lookForKey, makePair } from './new-certificate'
import { requestSecret } from './new-secret'
import { beginRemoving, removePrevious } from './remove-previous'
import { isLedByWorker } from './rotation'
import { testNext } from './test-next'
import { callerOf, endRotation, plainNote, type Turn, usesCertificate } from './turn'

/** Longer than any step takes. After a crash the rotation becomes due again when the lease ends. */
const LEASE_MS = 90 * SECOND_MS
/** Bounds one call. A mail server has one open rotation, and no deployment has a thousand mail servers. */
const ROTATIONS_MAX = 100

/**
 * For the worker, every few seconds: takes every due rotation one step further. Any number of workers may call this at once, because
 * each rotation is claimed by one.
 */
export async function advanceDueRotations(deps: CredentialsDeps): Promise<number> {
  for (let count = 0; count < ROTATIONS_MAX; count++) {
    const rotation = await claimRotation(deps.db, await deps.clock.current(), LEASE_MS)
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

/** Shorter than the lease of a claimed rotation. */
const TURN_DEADLINE_MS = MINUTE_MS
/** A prepared credential is abandoned if its tests give no clear answer for this long. */
const TEST_MS_MAX = DAY_MS

/** Takes a rotation through Graph one step further. Returns false if there is nothing to do at its step. */
async function stepThroughGraph(deps: CredentialsDeps, rotation: Rotation): Promise<boolean> {
  const left = await applicationLeft(deps.db, rotation)
  if (left !== null) {
    const isSwitched = rotation.step === 'current' || rotation.step === 'removing'
    const note = plainNote('other-application', left)
    await endRotation(deps, rotation, isSwitched ? 'done' : 'given-up', note)
    return true
  }
  const slots = await readSlots(deps, rotation.mailServerId, deps.clock.now())
  // The mail server was changed to another way of signing in, so none of its credentials belongs to this rotation.
  if (!slots?.current || !isEntraServer(slots.server)) {
    await endRotation(deps, rotation, 'given-up', 'former-elsewhere')
    return true
  }
  const signal = AbortSignal.timeout(TURN_DEADLINE_MS)
  const turn: Turn = { rotation, slots, server: slots.server, signal }
  const step = stepOf(turn)
  await step?.(deps, turn)
  return step !== null
}

function stepOf(turn: Turn): ((deps: CredentialsDeps, turn: Turn) => Promise<void>) | null {
  switch (turn.rotation.step) {
    case 'asking':
      return usesCertificate(turn) ? makePair : requestSecret
    case 'sealed':
      return addAtMicrosoft
    case 'adding':
      return usesCertificate(turn) ? lookForKey : requestSecret
    case 'added':
      return runTest
    case 'tested':
      return takeOver
    case 'current':
      return beginRemoving
    case 'removing':
      return removePrevious
    default:
      return null
  }
}

/** The test itself stores the result with the rotation, and when to test again. */
async function runTest(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation } = turn
  const { clock } = deps
  const tested = await testNext(deps, SYSTEM_CALLER, rotation.mailServerId)
  if (!tested.ok) return endRotation(deps, rotation, 'given-up', tested.error.kind)
  const { state, diagnosis } = tested.value
  const mayWait = clock.now().getTime() - rotation.startedAt.getTime() <= TEST_MS_MAX
  if (!diagnosis || state === 'not-known-yet' || (state === 'unknown' && mayWait)) return
  await abandonNext(deps, turn, plainNote(diagnosis.code, diagnosis.evidence), 'maybe-there')
}

async function takeOver(deps: CredentialsDeps, { rotation, slots: { next, server } }: Turn): Promise<void> {
  if (!next) return endRotation(deps, rotation, 'given-up', 'no-next')
  const promoted = await makeCurrent(deps, callerOf(rotation), {
    mailServerId: rotation.mailServerId,
    nextId: next.id,
    version: server.version,
  })
  // If the server was saved in between, the rotation is due again after the lease. If Entra refused it since, it is tested again.
  if (!promoted.ok && promoted.error.kind === 'not-accepted')
    await stepRotation(deps, rotation, { step: 'added', nextAttemptAt: deps.clock.now() })
}
