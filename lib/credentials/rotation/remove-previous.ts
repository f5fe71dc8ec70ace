import type { DirectoryCredential } from '../../entra/contracts'
import { SYSTEM_CALLER } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import type { GraphFault } from '../entra'
import { hintOf, matchOf } from '../inventory/discover'
import { probeCredential } from '../probe'
import { readCredential, type StoredCredential, saveDirectoryFacts } from '../store/credentials'
import { stepRotation } from '../store/rotations'
import { deletePrevious } from '../store/slots'
import { clearLeftovers, removeAtMicrosoft } from './leftovers'
import { isVerifiedInUse, reasonToKeep } from './remove'
import type { RotationFaultNote } from './rotation'
import { sharedWith } from './shared-with'
import {
  callerOf,
  endRotation,
  isLate,
  isTemporary,
  pauseRotation,
  plainNote,
  REMOVE_MS_MAX,
  type Reason,
  rotationEntry,
  type Turn,
  usesCertificate,
} from './turn'

/** Prepares the removal once it is no longer needed: its time as fallback is over, and Entra has accepted its successor in use. */
export async function beginRemoving(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots, server } = turn
  const previous = await previousOf(deps, turn)
  if (!previous) return endRotation(deps, rotation, 'done', 'former-elsewhere')
  const kind = usesCertificate(turn) ? 'certificate' : 'client-secret'
  if (previous.kind !== kind) return endRotation(deps, rotation, 'done', 'former-unclear')
  let { current } = slots
  if (current && !isVerifiedInUse(current)) {
    await probeCredential(deps, server, current, { reason: 'rotation', caller: SYSTEM_CALLER })
    current = await readCredential(deps.db, current.id)
  }
  const reason = reasonToKeep(previous, { current, fallback: slots.fallback }, deps.clock.now())
  if (reason?.kind === 'too-early') {
    await stepRotation(deps, rotation, { nextAttemptAt: reason.until })
    return
  }
  if (reason || !current || !isVerifiedInUse(current)) return later(deps, turn, previous, 'still-needed')
  const shared = await sharedNote(deps, previous)
  if (shared) return endRotation(deps, rotation, 'done', shared)
  await identifyAndRemove(deps, turn, previous, current)
}

async function sharedNote(deps: CredentialsDeps, previous: StoredCredential): Promise<RotationFaultNote | null> {
  const { sure, possible } = await sharedWith(deps, previous.id)
  if (sure.length > 0) return plainNote('former-shared', sure.join(', '))
  return possible.length > 0 ? plainNote('former-shared-maybe', possible.join(', ')) : null
}

/** Finds out which of Microsoft's credentials the previous one is, and stores its id: it is removed by this id alone. */
async function identifyAndRemove(
  deps: CredentialsDeps,
  turn: Turn,
  previous: StoredCredential,
  current: StoredCredential,
): Promise<void> {
  const { rotation } = turn
  const candidates = await clearLeftovers(deps, turn, current)
  // With the key of a certificate, Graph accepts changes of the certificates but does not show them.
  const isUnreadable = usesCertificate(turn) && !candidates.ok && candidates.error.kind === 'not-permitted'
  if (!candidates.ok && !isUnreadable) return stopped(deps, turn, previous, candidates.error)
  if (!candidates.ok && previous.keyId === null) return endRotation(deps, rotation, 'done', 'former-unknown')
  const match = candidates.ok ? await matchPrevious(deps, turn, { previous, current }, candidates.value) : null
  if (match === 'unclear') return endRotation(deps, rotation, 'done', 'former-unclear')
  if (match && previous.keyId !== match.keyId) await saveDirectoryFacts(deps, previous.id, match)
  // The id of a new certificate may have been lost with Microsoft's answer: the rotation after this one needs it.
  const lost = candidates.ok && current.keyId === null ? matchOf(current, null, candidates.value) : null
  if (lost?.kind === 'found' && lost.by === 'thumbprint') await saveDirectoryFacts(deps, current.id, lost.credential)
  const details = { step: 'removing', former: previous.id, keyId: match?.keyId ?? previous.keyId }
  const audit = rotationEntry('rotation.step', callerOf(rotation), rotation, details)
  await stepRotation(deps, rotation, { step: 'removing', nextAttemptAt: deps.clock.now(), fault: null }, audit)
}

/** Removes it at Microsoft first and then here: after a crash in between, it is already gone at Microsoft and this continues. */
export async function removePrevious(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots } = turn
  const previous = await previousOf(deps, turn)
  if (!previous) return endRotation(deps, rotation, 'done', 'former-elsewhere')
  if (previous.keyId !== null && previous.keyId !== slots.current?.keyId) {
    // Again, because this step may have waited for Graph for days.
    const shared = await sharedNote(deps, previous)
    if (shared) return endRotation(deps, rotation, 'done', shared)
    // Only its successor removes it: if that cannot be used any more, the previous one must not remove itself.
    const removed = await removeAtMicrosoft(deps, { ...turn, slots: { ...slots, fallback: null } }, previous.keyId)
    if (!removed.ok) return stopped(deps, turn, previous, removed.error)
  }
  const details = { step: 'done', former: previous.id, keyId: previous.keyId, reason: null }
  const audit = rotationEntry('rotation.end', callerOf(rotation), rotation, details)
  await deletePrevious(deps, { credentialId: previous.id, audit })
}

/** Null if it was removed or no longer belongs to this destination, or if another credential took the new one's place. */
async function previousOf({ db }: CredentialsDeps, { rotation, slots }: Turn): Promise<StoredCredential | null> {
  const previous = rotation.previousId === null ? null : await readCredential(db, rotation.previousId)
  const isStillPrevious =
    previous?.removedAt === null && previous.fallbackUntil !== null && slots.current?.id === rotation.nextId
  return isStillPrevious ? previous : null
}

/**
 * Which of Microsoft's credentials it is, without doubt. A certificate is identified by its thumbprint. A secret must begin with the
 * characters of the stored text, so that no date and no wrongly stored id ever removes a secret that another program uses.
 *
 * @returns null if it is gone at Microsoft, which only a list shows that has the current one
 */
async function matchPrevious(
  deps: CredentialsDeps,
  turn: Turn,
  { previous, current }: { previous: StoredCredential; current: StoredCredential },
  candidates: readonly DirectoryCredential[],
): Promise<DirectoryCredential | 'unclear' | null> {
  const hint = await hintOf(deps, turn.server, previous)
  const match = matchOf(previous, hint, candidates)
  if (match.kind === 'absent')
    return matchOf(current, await hintOf(deps, turn.server, current), candidates).kind === 'found' ? null : 'unclear'
  if (usesCertificate(turn)) return match.kind === 'found' ? match.credential : 'unclear'
  const isKnown = previous.keyId === null || (match.kind === 'found' && match.by === 'key-id')
  return match.kind === 'found' && hint !== null && match.credential.hint === hint && isKnown
    ? match.credential
    : 'unclear'
}

async function stopped(deps: CredentialsDeps, turn: Turn, previous: StoredCredential, fault: GraphFault) {
  if (!isTemporary(fault)) return endRotation(deps, turn.rotation, 'done', fault)
  await later(deps, turn, previous, fault)
}

async function later(deps: CredentialsDeps, { rotation }: Turn, previous: StoredCredential, why: Reason) {
  const since = previous.replacedAt ?? rotation.startedAt
  if (isLate(deps, { startedAt: since }, REMOVE_MS_MAX)) return endRotation(deps, rotation, 'done', why)
  await pauseRotation(deps, rotation, why, { since })
}
