import type { DirectoryCredential } from '../../entra/contracts'
import { SYSTEM_CALLER } from '../../kernel/actor'

import { probeCredential } from '../daily-check'
import type { CredentialsDeps } from '../deps'
import { hintOf } from '../inventory/discover'
import { matchOf } from '../inventory/match'
import type { RotationFaultNote, Slots, StoredCredential } from '../ports'
import { type AskFault, callerOf, end, mayPass, noteOf, pause, plainNote, rotationEntry, type Turn } from './graph-call'
import { clearLeftovers, noteOfAssertion, removeAtMicrosoft, usesCertificateAssertion } from './leftovers'
import { whyKept } from './make-current'

/** Mail leaves by the new one, so there is time; what is still there then is left to a person. */
const GIVE_UP_MS = 7 * 24 * 60 * 60 * 1000

/** The former one goes when nobody can need it any more: its time is over, and Entra has accepted its successor in use. */
export async function beginRemoving(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots, server } = turn
  const { store, clock } = deps
  const former = await previousOf(deps, turn)
  if (!former) return end(deps, rotation, 'done', plainNote('former-elsewhere', clock))
  if (usesCertificateAssertion(turn) && former.kind !== 'certificate')
    return end(deps, rotation, 'done', plainNote('former-unclear', clock))
  let { current } = slots
  if (current && !isVerified(current)) {
    await probeCredential(deps, server, current, { reason: 'rotation', caller: SYSTEM_CALLER })
    current = await store.byId(current.id)
  }
  const now = clock.now()
  const kept = whyKept(former, { current, fallback: slots.fallback }, now)
  if (kept?.kind === 'too-early') {
    await store.stepRotation(rotation, { nextTryAt: kept.until }, null)
    return
  }
  if (kept || !current || !isVerified(current)) return later(deps, turn, former, plainNote('still-needed', clock))

  const found = await clearLeftovers(deps, turn, current)
  // A proof permits to change certificates, not to see them.
  const isUnseen = usesCertificateAssertion(turn) && !found.ok && found.error.kind === 'not-permitted'
  if (!found.ok && !isUnseen) return stopped(deps, turn, former, found.error)
  if (!found.ok && former.keyId === null) return end(deps, rotation, 'done', plainNote('former-unknown', clock))
  const match = found.ok ? await ownOne(deps, turn, former, found.value) : null
  if (match === 'unclear') return end(deps, rotation, 'done', plainNote('former-unclear', clock))
  // By its id alone it is removed: after a crash nothing else is to be taken for it.
  if (match && former.keyId !== match.keyId)
    await store.keepFound({ ...foundOf(match), credentialId: former.id, audit: null })
  if (found.ok) await keepOwnId(deps, current, found.value)
  const details = { step: 'removing', former: former.id, keyId: match?.keyId ?? former.keyId }
  const audit = rotationEntry('rotation.step', callerOf(rotation), rotation, details)
  await store.stepRotation(rotation, { step: 'removing', nextTryAt: now, fault: null }, audit)
}

/** At Microsoft first, then here: a crash in between finds it gone there, and goes on. */
export async function removePrevious(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots } = turn
  const { store, crash, clock } = deps
  const former = await previousOf(deps, turn)
  if (!former) return end(deps, rotation, 'done', plainNote('former-elsewhere', clock))
  if (former.keyId !== null && former.keyId !== slots.current?.keyId) {
    crash('graph:removing')
    const removed = await removeAtMicrosoft(deps, turn, former.keyId)
    if (!removed.ok) return stopped(deps, turn, former, removed.error)
    crash('graph:removed')
  }
  const details = { step: 'done', former: former.id, keyId: former.keyId, reason: null }
  await store.remove({
    credentialId: former.id,
    audit: rotationEntry('rotation.end', callerOf(rotation), rotation, details),
  })
}

/** Null: it was removed or left behind meanwhile, or another credential took the new one's place. */
async function previousOf({ store }: CredentialsDeps, { rotation, slots }: Turn): Promise<StoredCredential | null> {
  const former = rotation.previousId === null ? null : await store.byId(rotation.previousId)
  const stands = former?.removedAt === null && former.fallbackUntil !== null && slots.current?.id === rotation.nextId
  return stands ? former : null
}

const isVerified = ({ acceptedAt, refusedAt, currentSince, createdAt }: NonNullable<Slots['current']>): boolean =>
  refusedAt === null && acceptedAt !== null && acceptedAt >= (currentSince ?? createdAt)

/**
 * Which of Microsoft's it is, beyond doubt. A certificate is known by its thumbprint. Of a secret the first characters must be
 * those of the stored text, so that no date and no id kept by mistake ever removes a secret that somebody else uses. Null: it is
 * gone there.
 */
async function ownOne(
  deps: CredentialsDeps,
  turn: Turn,
  former: StoredCredential,
  found: readonly DirectoryCredential[],
): Promise<DirectoryCredential | 'unclear' | null> {
  const hint = await hintOf(deps, turn.server, former)
  const outcome = matchOf(former, hint, found)
  if (outcome.kind === 'absent') return null
  if (usesCertificateAssertion(turn)) return outcome.kind === 'found' ? outcome.match : 'unclear'
  const isKnown = former.keyId === null || (outcome.kind === 'found' && outcome.by === 'key-id')
  return outcome.kind === 'found' && hint !== null && outcome.match.hint === hint && isKnown ? outcome.match : 'unclear'
}

/** Of a new certificate whose id was lost with Microsoft's answer: its own successor will need it. */
async function keepOwnId(
  { store }: CredentialsDeps,
  current: StoredCredential,
  found: readonly DirectoryCredential[],
): Promise<void> {
  const own = current.keyId === null ? matchOf(current, null, found) : null
  if (own?.kind === 'found' && own.by === 'thumbprint')
    await store.keepFound({ ...foundOf(own.match), credentialId: current.id, audit: null })
}

const foundOf = ({ keyId, hint, startsAt, endsAt }: DirectoryCredential) => ({
  keyId,
  hint,
  startsAt,
  foundExpiresAt: endsAt,
})

async function stopped(deps: CredentialsDeps, turn: Turn, former: StoredCredential, fault: AskFault): Promise<void> {
  const note = usesCertificateAssertion(turn) ? noteOfAssertion(fault, deps.clock) : noteOf(fault, deps.clock)
  if (!mayPass(fault)) return end(deps, turn.rotation, 'done', note)
  await later(deps, turn, former, note, fault)
}

async function later(
  deps: CredentialsDeps,
  { rotation }: Turn,
  former: StoredCredential,
  note: RotationFaultNote,
  fault?: AskFault,
): Promise<void> {
  const since = former.replacedAt ?? rotation.startedAt
  if (deps.clock.now().getTime() - since.getTime() > GIVE_UP_MS) return end(deps, rotation, 'done', note)
  await pause(deps, rotation, { since, note, ...(fault && { fault }) })
}
