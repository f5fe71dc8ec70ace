import { auditEntry } from '../../audit'
import type { Diagnosis } from '../../diagnosis'
import { type Caller, fail, ok, pick, type Result, SECOND_MS, SYSTEM_CALLER } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import { probeCredential } from '../probe'
import { isNotKnownYet, propagatesUntil } from '../propagation'
import type { StoredCredential } from '../store/credentials'
import { openRotation, type Rotation, type RotationChange, stepRotation } from '../store/rotations'
import { readSlots } from '../store/slots'
import { isLedByWorker } from './rotation'
import { pauseUntil } from './turn'

const RETRY_MS = 15 * SECOND_MS

interface TestNextOutcome {
  /** `unknown`: no clear answer, because of the network, Entra itself or our own store. */
  state: 'accepted' | 'not-known-yet' | 'refused' | 'unknown'
  /** Null if it was accepted. */
  diagnosis: Diagnosis | null
  /** When the worker tests it again automatically, because Entra does not know it yet; null otherwise. */
  retryAt: Date | null
}

/** Tests the prepared credential alone, with a fresh token. Mail continues to use the current one. */
export async function testNext(
  deps: CredentialsDeps,
  caller: Caller,
  mailServerId: string,
): Promise<Result<TestNextOutcome, { kind: 'no-next' | 'not-entra' }>> {
  const { clock } = deps
  const slots = await readSlots(deps, mailServerId, clock.now())
  if (!slots?.next) return fail({ kind: 'no-next' })
  if (!isEntraServer(slots.server)) return fail({ kind: 'not-entra' })
  const { diagnosis } = await probeCredential(deps, slots.server, slots.next, { reason: 'rotation', caller })
  const rotation = await openRotation(deps.db, mailServerId)
  const outcome = outcomeOf(diagnosis, propagatesUntil(slots.next), clock.now())
  const entry = testEntry(caller, slots.next, outcome)
  // The step is stored with the rotation, so that another process, or the same one after a crash, can continue.
  if (rotation?.nextId === slots.next.id && (rotation.step === 'added' || rotation.step === 'tested')) {
    // If the rotation was changed in between, that change has recorded the newer state.
    await stepRotation(deps, rotation, changeOf(rotation, outcome, clock.now()), entry)
  } else if (entry) await deps.audit.record(entry)
  return ok(outcome)
}

function outcomeOf(diagnosis: Diagnosis | null, until: Date, now: Date): TestNextOutcome {
  const outcome = { diagnosis, retryAt: null }
  if (!diagnosis) return { ...outcome, state: 'accepted' }
  if (isNotKnownYet(diagnosis.code) && now < until)
    return { diagnosis, state: 'not-known-yet', retryAt: new Date(Math.min(now.getTime() + RETRY_MS, until.getTime())) }
  const isClear = isNotKnownYet(diagnosis.code) || diagnosis.retry === 'no' || diagnosis.retry === 'settling'
  return { ...outcome, state: isClear ? 'refused' : 'unknown' }
}

function changeOf(rotation: Rotation, { state, diagnosis, retryAt }: TestNextOutcome, now: Date): RotationChange {
  const isLed = isLedByWorker(rotation)
  if (!diagnosis) return { step: 'tested', fault: null, nextAttemptAt: isLed ? now : null }
  return {
    // One that was accepted before and is refused now must be tested again before mail may use it.
    step: state === 'unknown' ? rotation.step : 'added',
    fault: pick(diagnosis, 'code', 'evidence'),
    nextAttemptAt: retryAt ?? (isLed ? pauseUntil(rotation.startedAt, now) : null),
  }
}

/** The worker's tests are stored as probes; they get an audit entry only when the result is final. */
function testEntry(caller: Caller, next: StoredCredential, { state, diagnosis }: TestNextOutcome) {
  if (caller === SYSTEM_CALLER && (state === 'not-known-yet' || state === 'unknown')) return null
  const details = { outcome: state, code: diagnosis?.code ?? null }
  return auditEntry('credential.test', caller, `credential:${next.id}`, details, diagnosis ? 'failed' : 'done')
}
