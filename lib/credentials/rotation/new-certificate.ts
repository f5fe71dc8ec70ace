import { checkSealingKey } from '../../db/sealing-key-check'
import type { DirectoryCredential } from '../../entra/contracts'
import { DAY_MS, ok, type Result, SYSTEM_CALLER } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import type { GraphFault } from '../entra'
import { matchOf } from '../inventory/discover'
import { probeCredential } from '../probe'
import { PROPAGATION_MS } from '../propagation'
import { type StoredCredential, saveDirectoryFacts } from '../store/credentials'
import { stepRotation } from '../store/rotations'
import { abandonNext } from './leftovers'
import { lifetimeRule, materialOfCertificate, storeNext } from './material'
import {
  callerOf,
  callGraph,
  callSigned,
  endRotation,
  isLate,
  isTemporary,
  isUnanswered,
  noteOf,
  pauseRotation,
  plainNote,
  retryOrEnd,
  rotationEntry,
  type Turn,
} from './turn'

/** Makes and seals the key pair before Microsoft is asked, so that Microsoft knows no certificate whose key was lost in a crash. */
export async function makePair(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, server, slots } = turn
  const { clock, certificates } = deps
  const sound = await checkSealingKey(deps)
  if (!sound.ok) return endRotation(deps, rotation, 'failed', 'key-wrong')
  const objectId = await objectIdOf(deps, turn)
  if (!objectId.ok) {
    if (objectId.error.kind !== 'not-permitted') return retryOrEnd(deps, rotation, objectId.error)
    return endRotation(deps, rotation, 'failed', 'object-id-needed')
  }
  const rule = await lifetimeRule(deps, turn, 'certificate')
  // Whole days: one day less than the policy allows leaves time for the five minutes that the certificate begins early.
  const days = Math.floor(rule.lifeMs / DAY_MS)
  if (days < 1) return endRotation(deps, rotation, 'failed', 'policy')
  const name = `Postroom ${server.name} ${server.exchange.clientId}`
  const certificate = await certificates.make({ name, days, now: clock.now() })
  const material = {
    ...materialOfCertificate(certificate, slots.current?.note ?? ''),
    applicationObjectId: objectId.value,
  }
  // If the server is saved in between, the rotation is due again after the lease, and another pair is made.
  await storeNext(deps, turn, material, 'sealed')
}

/** As it was typed or read before, or else as Graph reports it, if the application may read itself. */
async function objectIdOf(deps: CredentialsDeps, turn: Turn): Promise<Result<string, GraphFault>> {
  const { current } = turn.slots
  if (current?.applicationObjectId) return ok(current.applicationObjectId)
  const read = await callGraph(deps, turn, (request) => deps.directory.application(request, turn.signal))
  if (!read.ok) return read
  const { objectId, credentials } = read.value
  const match = current && matchOf(current, null, credentials)
  if (match?.kind === 'found')
    await saveDirectoryFacts(deps, current?.id ?? '', match.credential, { applicationObjectId: objectId })
  return ok(objectId)
}

/** Adds the certificate at Microsoft. The attempt is stored before it is made, so that it is never repeated without looking. */
export async function addAtMicrosoft(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots, signal } = turn
  const { clock, directory } = deps
  const certificate = slots.next?.certificate
  if (!slots.next || !certificate) return endRotation(deps, rotation, 'given-up', 'no-next')
  // If no answer comes, it is looked for when Entra must know it, provided that the request arrived.
  const lookAt = new Date(clock.now().getTime() + PROPAGATION_MS)
  const stored = await stepRotation(deps, rotation, { step: 'adding', nextAttemptAt: lookAt, fault: null })
  if (!stored.ok) return
  const adding: Turn = { ...turn, rotation: { ...rotation, step: 'adding' } }
  const added = await callSigned(deps, turn, (request, signer) =>
    directory.addKey(request, { certificate, displayName: rotation.label, proof: signer }, signal),
  )
  if (!added.ok) return notAdded(deps, adding, added.error)
  await saveAdded(deps, adding, slots.next, added.value)
}

async function notAdded(deps: CredentialsDeps, turn: Turn, fault: GraphFault): Promise<void> {
  const { rotation } = turn
  if (!isTemporary(fault)) return abandonNext(deps, turn, fault, 'not-there')
  if (isLate(deps, rotation)) return abandonNext(deps, turn, fault, 'maybe-there')
  if (!isUnanswered(fault)) return pauseRotation(deps, rotation, fault, { step: 'sealed' })
  // It is not known whether it was added, so the stored time to look for it is kept.
  await stepRotation(deps, rotation, { fault: noteOf(rotation, fault) })
}

/**
 * The answer was lost, in a crash or in the network. Graph shows whether the certificate is there; if Graph may not be read, a
 * sign-in with it does. If it is not there, it is added again.
 */
export async function lookForKey(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots, server, signal } = turn
  const { clock, directory } = deps
  const { next } = slots
  if (!next) return endRotation(deps, rotation, 'given-up', 'no-next')
  if (next.keyId !== null) return saveAdded(deps, turn, next, null)
  const read = await callGraph(deps, turn, (request) => directory.application(request, signal))
  if (read.ok) {
    const match = matchOf(next, null, read.value.credentials)
    if (match.kind === 'found') return saveAdded(deps, turn, next, match.credential)
  } else if (isTemporary(read.error)) {
    return isLate(deps, rotation)
      ? abandonNext(deps, turn, read.error, 'maybe-there')
      : pauseRotation(deps, rotation, read.error)
  } else {
    const { probe } = await probeCredential(deps, server, next, { reason: 'rotation', caller: SYSTEM_CALLER })
    if (probe.outcome === 'accepted') return saveAdded(deps, turn, next, null)
    const note = plainNote('unavailable', probe.evidence ?? '')
    if (isLate(deps, rotation)) return abandonNext(deps, turn, note, 'maybe-there')
    if (probe.outcome === 'unknown') return pauseRotation(deps, rotation, note)
  }
  await stepRotation(deps, rotation, { step: 'sealed', nextAttemptAt: clock.now() })
}

/** @param added what Graph reports about it, or null if it is only known that Entra accepts it or its id was stored before */
async function saveAdded(
  deps: CredentialsDeps,
  { rotation }: Turn,
  next: StoredCredential,
  added: DirectoryCredential | null,
): Promise<void> {
  const keyId = added?.keyId ?? next.keyId
  if (added) await saveDirectoryFacts(deps, next.id, added)
  const details = { step: 'added', credential: next.id, keyId, thumbprint: next.thumbprint }
  const audit = rotationEntry('rotation.step', callerOf(rotation), rotation, details)
  await stepRotation(deps, rotation, { step: 'added', nextAttemptAt: deps.clock.now(), fault: null }, audit)
}
