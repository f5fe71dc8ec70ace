import type { DirectoryCredential } from '../../entra/contracts'
import { actorName, SYSTEM_CALLER } from '../../kernel/actor'
import { ok, type Result } from '../../kernel/result'
import { DAY_MS } from '../../kernel/time'

import { probeCredential } from '../daily-check'
import type { CredentialsDeps } from '../deps'
import { matchOf } from '../inventory/match'
import type { StoredCredential } from '../ports'
import { PROPAGATION_MS } from '../propagation'
import { abort } from './abort'
import { materialOfCertificate, sealed } from './add-next'
import {
  type AskFault,
  askGraph,
  callerOf,
  end,
  mayPass,
  noteOf,
  pause,
  plainNote,
  rotationEntry,
  type Turn,
} from './graph-call'
import { askWithAssertion, noteOfAssertion } from './leftovers'
import { newOnesRule, stopped } from './new-secret'

/** Mail never used it, and Microsoft may have heard of it: whoever waits longer had better do it by hand. */
const GIVE_UP_MS = DAY_MS

/**
 * Makes the pair and seals it before anybody hears of it: what Microsoft knows later is never a certificate whose key a crash
 * took along.
 */
export async function makePair(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, server, slots } = turn
  const { store, clock, certificates, crash } = deps
  const sound = await deps.keysSound()
  if (!sound.ok) return end(deps, rotation, 'failed', plainNote('key-wrong', clock))
  const objectId = await objectIdOf(deps, turn)
  if (!objectId.ok) {
    if (objectId.error.kind !== 'not-permitted') return stopped(deps, rotation, objectId.error)
    return end(deps, rotation, 'failed', plainNote('object-id-needed', clock))
  }
  const rule = await newOnesRule(deps, turn, 'certificate')
  // Whole days: a day less than the policy has leaves room for the five minutes that the certificate begins early.
  const days = Math.floor(rule.lifeMs / DAY_MS)
  if (days < 1) return end(deps, rotation, 'failed', plainNote('policy', clock))
  const name = `Postroom ${server.name} ${server.exchange.clientId}`
  const made = await certificates.make({ name, days, now: clock.now() })
  const caller = callerOf(rotation)
  const material = { ...materialOfCertificate(made, slots.current?.note ?? ''), applicationObjectId: objectId.value }
  const credential = await sealed(deps.vault, server, material, actorName(caller.actor))
  crash('proof:made')
  const { thumbprint, digest } = credential
  const details = {
    step: 'sealed',
    credential: credential.id,
    thumbprint,
    digest,
    expiresAt: made.expiresAt.toISOString(),
  }
  // Refused when the server was saved meanwhile: the lease brings it up again, and another pair is made.
  await store.addNext({
    mailServerId: rotation.mailServerId,
    serverVersion: server.version,
    credential,
    rotation: { continues: rotation.id, step: 'sealed' },
    audit: rotationEntry('rotation.step', caller, rotation, details),
  })
}

/** As it was typed or found before; else as Graph tells it, if the application may read itself. */
async function objectIdOf(deps: CredentialsDeps, turn: Turn): Promise<Result<string, AskFault>> {
  const { slots, signal } = turn
  const { directory } = deps
  const { current } = slots
  if (current?.applicationObjectId) return ok(current.applicationObjectId)
  const read = await askGraph(deps, turn, (request) => directory.application(request, signal))
  if (!read.ok) return read
  const { objectId, credentials } = read.value
  if (current) await keepFound(deps, current, credentials, objectId)
  return ok(objectId)
}

/** Tells Microsoft of the new certificate. That it is being told is stored first, so nobody tells it twice unawares. */
export async function addAtMicrosoft(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots, signal } = turn
  const { store, clock, directory, crash } = deps
  const certificate = slots.next?.certificate
  if (!slots.next || !certificate) return end(deps, rotation, 'given-up', plainNote('no-next', clock))
  // If no answer comes, it is looked for when Entra must know it, if it ever heard of it.
  const look = new Date(clock.now().getTime() + PROPAGATION_MS)
  const stored = await store.stepRotation(rotation, { step: 'adding', nextTryAt: look, fault: null }, null)
  if (!stored.ok) return
  const adding: Turn = { ...turn, rotation: { ...rotation, step: 'adding' } }
  crash('proof:adding')
  const added = await askWithAssertion(deps, turn, (request, proof) =>
    directory.addKey(request, { certificate, displayName: rotation.label, proof }, signal),
  )
  if (!added.ok) return notAdded(deps, adding, added.error)
  crash('proof:answered')
  await isThere(deps, adding, slots.next, added.value)
}

async function notAdded(deps: CredentialsDeps, turn: Turn, fault: AskFault): Promise<void> {
  const { store, clock } = deps
  const note = noteOfAssertion(fault, clock)
  if (!mayPass(fault)) return abort(deps, turn, note, 'not-there')
  if (isLate(deps, turn)) return abort(deps, turn, note, 'maybe-there')
  // Nobody knows whether it was done: the stored time to look for it stands.
  if (fault.kind === 'net' || fault.kind === 'unavailable') {
    await store.stepRotation(turn.rotation, { fault: note }, null)
    return
  }
  await pause(deps, turn.rotation, { since: turn.rotation.startedAt, fault, note, step: 'sealed' })
}

/**
 * The answer was lost, with a process or on its way: what Graph shows tells whether the certificate is there, and where it
 * shows nothing, signing in by it does. One that is not there is told anew.
 */
export async function lookForKey(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots, server, signal } = turn
  const { store, clock, directory } = deps
  const { next } = slots
  if (!next) return end(deps, rotation, 'given-up', plainNote('no-next', clock))
  if (next.keyId !== null) return isThere(deps, turn, next, null)
  const read = await askGraph(deps, turn, (request) => directory.application(request, signal))
  if (read.ok) {
    const found = matchOf(next, null, read.value.credentials)
    if (found.kind === 'found') return isThere(deps, turn, next, found.match)
  } else if (mayPass(read.error)) {
    const note = noteOf(read.error, clock)
    if (isLate(deps, turn)) return abort(deps, turn, note, 'maybe-there')
    return pause(deps, rotation, { since: rotation.startedAt, fault: read.error, note })
  } else {
    const { probe } = await probeCredential(deps, server, next, { reason: 'rotation', caller: SYSTEM_CALLER })
    if (probe.outcome === 'accepted') return isThere(deps, turn, next, null)
    const note = { ...plainNote('unavailable', clock), evidence: probe.evidence ?? '' }
    if (isLate(deps, turn)) return abort(deps, turn, note, 'maybe-there')
    if (probe.outcome === 'unknown') return pause(deps, rotation, { since: rotation.startedAt, note })
  }
  await store.stepRotation(rotation, { step: 'sealed', nextTryAt: clock.now() }, null)
}

const isLate = ({ clock }: CredentialsDeps, { rotation }: Turn): boolean =>
  clock.now().getTime() - rotation.startedAt.getTime() > GIVE_UP_MS

/** @param told what Graph says of it; null: only that Entra takes it, or it was kept before. */
async function isThere(
  { store, clock, crash }: CredentialsDeps,
  { rotation }: Turn,
  next: StoredCredential,
  told: DirectoryCredential | null,
): Promise<void> {
  const keyId = told?.keyId ?? next.keyId
  if (told) {
    const { startsAt, endsAt } = told
    await store.keepFound({
      credentialId: next.id,
      keyId: told.keyId,
      hint: null,
      startsAt,
      foundExpiresAt: endsAt,
      audit: null,
    })
    crash('proof:kept')
  }
  const details = { step: 'added', credential: next.id, keyId, thumbprint: next.thumbprint }
  const audit = rotationEntry('rotation.step', callerOf(rotation), rotation, details)
  await store.stepRotation(rotation, { step: 'added', nextTryAt: clock.now(), fault: null }, audit)
}

/** What Graph shows of a certificate in use here, while it is shown. */
async function keepFound(
  { store }: CredentialsDeps,
  credential: StoredCredential,
  credentials: readonly DirectoryCredential[],
  applicationObjectId: string,
): Promise<void> {
  const found = matchOf(credential, null, credentials)
  if (found.kind !== 'found') return
  const { keyId, startsAt, endsAt } = found.match
  await store.keepFound({
    credentialId: credential.id,
    keyId,
    hint: null,
    startsAt,
    foundExpiresAt: endsAt,
    applicationObjectId,
    audit: null,
  })
}
