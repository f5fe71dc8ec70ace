import type { Diagnosis } from '../../diagnosis'
import type { Caller } from '../../kernel/actor'
import { SYSTEM_CALLER } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import { credentialEntry } from '../audit'
import { probeCredential } from '../daily-check'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import { isLedByClock, type Rotation, type RotationChange, type StoredCredential } from '../ports'
import { isNotKnownYet, propagatesUntil } from '../propagation'
import { pauseUntil } from './pause'

const TRY_AGAIN_MS = 15 * 1000

export type TestNextOutcome =
  | { state: 'accepted' }
  /** Entra does not know it yet; the clock tries again by itself. */
  | { state: 'not-known-yet'; tryAgainAt: Date; until: Date; diagnosis: Diagnosis }
  | { state: 'refused'; diagnosis: Diagnosis }
  /** No clear answer: the network, Entra itself, our own store. */
  | { state: 'unknown'; diagnosis: Diagnosis }

export type TestNextFault = { kind: 'no-next' | 'not-entra' }

/** Tests the prepared credential alone, by its own fresh token; the current one goes on serving mail meanwhile (S-18). */
export async function testNext(
  deps: CredentialsDeps,
  caller: Caller,
  mailServerId: string,
): Promise<Result<TestNextOutcome, TestNextFault>> {
  const { store, clock, crash } = deps
  const slots = await store.slots(mailServerId, clock.now())
  if (!slots?.next) return fail({ kind: 'no-next' })
  if (!isEntraServer(slots.server)) return fail({ kind: 'not-entra' })
  crash('test-next:asking')
  const { diagnosis } = await probeCredential(deps, slots.server, slots.next, { reason: 'rotation', caller })
  crash('test-next:asked')
  const rotation = await store.openRotation(mailServerId)
  const outcome = outcomeOf(diagnosis, propagatesUntil(slots.next), clock.now())
  await keep(deps, caller, slots.next, rotation, outcome)
  return ok(outcome)
}

function outcomeOf(diagnosis: Diagnosis | null, until: Date, now: Date): TestNextOutcome {
  if (!diagnosis) return { state: 'accepted' }
  if (isNotKnownYet(diagnosis.code)) {
    if (now >= until) return { state: 'refused', diagnosis }
    const tryAgainAt = new Date(Math.min(now.getTime() + TRY_AGAIN_MS, until.getTime()))
    return { state: 'not-known-yet', tryAgainAt, until, diagnosis }
  }
  const isClear = diagnosis.retry === 'no' || diagnosis.retry === 'settling'
  return { state: isClear ? 'refused' : 'unknown', diagnosis }
}

/** The rotation's row says where it stands, so that another process, or the same one after a crash, goes on from there. */
async function keep(
  { store, clock, audit }: CredentialsDeps,
  caller: Caller,
  next: StoredCredential,
  rotation: Rotation | null,
  outcome: TestNextOutcome,
): Promise<void> {
  const entry = testEntry(caller, next, outcome)
  if (rotation?.nextId === next.id && (rotation.step === 'added' || rotation.step === 'tested')) {
    // Changed meanwhile: whoever changed it has said how it stands.
    await store.stepRotation(rotation, changeOf(rotation, outcome, clock.now()), entry)
  } else if (entry) await audit.record(entry)
}

function changeOf(rotation: Rotation, outcome: TestNextOutcome, now: Date): RotationChange {
  const isLed = isLedByClock(rotation)
  if (outcome.state === 'accepted') return { step: 'tested', fault: null, nextTryAt: isLed ? now : null }
  const { code, evidence } = outcome.diagnosis
  return {
    // One that was accepted before and is refused now must be tested again before it serves mail.
    step: outcome.state === 'unknown' ? rotation.step : 'added',
    fault: { code, evidence, at: now.toISOString() },
    nextTryAt:
      outcome.state === 'not-known-yet' ? outcome.tryAgainAt : isLed ? pauseUntil(rotation.startedAt, now) : null,
  }
}

/** The clock's tries leave their probes; an audit row only when one of them ends the waiting. */
function testEntry(caller: Caller, next: StoredCredential, outcome: TestNextOutcome) {
  if (caller === SYSTEM_CALLER && (outcome.state === 'not-known-yet' || outcome.state === 'unknown')) return null
  const details = { outcome: outcome.state, code: outcome.state === 'accepted' ? null : outcome.diagnosis.code }
  return credentialEntry('credential.test', caller, next.id, details, outcome.state === 'accepted' ? 'done' : 'failed')
}
