import type { Caller } from '../../kernel/actor'
import { SYSTEM_CALLER } from '../../kernel/actor'
import { newId } from '../../kernel/ids'
import { fail, ok, type Result } from '../../kernel/result'
import { isGuid } from '../../validation/entra-identity'

import type { CredentialsDeps, RotationStepper } from '../deps'
import { isEntraServer } from '../entra'
import { isLedByClock, type StoredCredential } from '../ports'
import { abort } from './abort'
import { callerOf, end, plainNote, rotationEntry, type Turn } from './graph-call'
import { usesCertificateAssertion } from './leftovers'
import { makeCurrent } from './make-current'
import { addAtMicrosoft, lookForKey, makePair } from './new-certificate'
import { askForSecret } from './new-secret'
import { beginRemoving, removePrevious } from './remove-previous'
import { testNext } from './test-next'

/** Shorter than the lease of a claimed rotation. */
const TURN_DEADLINE_MS = 60_000
/** A prepared credential of which nothing clear is heard for so long is given up. */
const TEST_GIVE_UP_MS = 24 * 60 * 60 * 1000

export type RotateFault = {
  kind:
    | 'no-server'
    | 'not-entra'
    | 'no-credential'
    /** The current credential has nothing that could be replaced. */
    | 'not-replaceable'
    /** Only a certificate that is valid now can vouch for its successor. */
    | 'certificate-expired'
    /** What was typed is no object ID, or is the client ID. */
    | 'object-id-invalid'
    | 'object-id-is-client-id'
    | 'next-exists'
    | 'rotation-open'
}

/**
 * Begins the replacement of the current secret or certificate through Microsoft Graph. What is stored here, before anybody is
 * asked, is enough to end it after a crash at any point; `advanceDueRotations` takes it from step to step.
 */
export async function beginRotation(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, automatic, objectId = '' }: { mailServerId: string; automatic: boolean; objectId?: string },
): Promise<Result<{ rotationId: string }, RotateFault>> {
  const { store, clock, audit } = deps
  const id = newId()
  const now = clock.now()
  const slots = await store.slots(mailServerId, now)
  const way = slots?.current?.kind === 'certificate' ? 'certificate-proof' : 'graph'
  const entry = (details: Parameters<typeof rotationEntry>[3], result?: 'refused') =>
    rotationEntry('rotation.start', caller, { id, mailServerId, way }, { automatic, ...details }, result)
  if (!slots) return refused('no-server')
  const { server, current, next } = slots
  if (!isEntraServer(server)) return refused('not-entra')
  if (!current) return refused('no-credential')
  const cannot = whyNotReplaceable(current, now)
  if (cannot) return refused(cannot)
  if (next) return refused('next-exists')
  // One that only waits for its former credential's time would leave that at Microsoft for good.
  const open = await store.openRotation(mailServerId)
  if (open && isLedByClock(open)) return refused('rotation-open')
  const given = objectIdOf(objectId, server.exchange.clientId)
  if (!given.ok) return refused(given.error)
  const rotation = { id, mailServerId, way, label: `Postroom ${id}`, automatic } as const
  const begun = await store.beginRotation(
    { ...rotation, startedBy: caller.actor, nextTryAt: now },
    entry({ label: rotation.label, former: current.id, ...(given.value && { applicationObjectId: given.value }) }),
    given.value === null ? null : { credentialId: current.id, applicationObjectId: given.value },
  )
  return begun.ok ? ok({ rotationId: id }) : refused(begun.error)

  async function refused(kind: RotateFault['kind']) {
    await audit.record(entry({ reason: kind }, 'refused'))
    return fail({ kind })
  }
}

function whyNotReplaceable({ kind, expiresAt }: StoredCredential, now: Date): RotateFault['kind'] | null {
  if (kind === 'client-secret') return null
  if (kind !== 'certificate') return 'not-replaceable'
  return expiresAt !== null && expiresAt <= now ? 'certificate-expired' : null
}

/** Null: nothing was typed, so what is known already holds. */
function objectIdOf(typed: string, clientId: string): Result<string | null, RotateFault['kind']> {
  const text = typed.trim().toLowerCase()
  if (text === '') return ok(null)
  if (!isGuid(text)) return fail('object-id-invalid')
  return text === clientId.toLowerCase() ? fail('object-id-is-client-id') : ok(text)
}

/** Takes a rotation through Graph one step further. */
export const graphStepper =
  (deps: CredentialsDeps): RotationStepper =>
  async (rotation) => {
    if (!isLedByClock(rotation)) return false
    const slots = await deps.store.slots(rotation.mailServerId, deps.clock.now())
    // Mail signs in otherwise now: nothing here belongs to it any more.
    if (!slots?.current || !isEntraServer(slots.server)) {
      await end(deps, rotation, 'given-up', plainNote('former-elsewhere', deps.clock))
      return true
    }
    const signal = AbortSignal.timeout(TURN_DEADLINE_MS)
    const turn: Turn = { rotation, slots, server: slots.server, signal }
    switch (rotation.step) {
      case 'asking':
        await (usesCertificateAssertion(turn) ? makePair(deps, turn) : askForSecret(deps, turn))
        return true
      case 'sealed':
        await addAtMicrosoft(deps, turn)
        return true
      case 'adding':
        await lookForKey(deps, turn)
        return true
      case 'added':
        await test(deps, turn)
        return true
      case 'tested':
        await takeOver(deps, turn)
        return true
      case 'current':
        await beginRemoving(deps, turn)
        return true
      case 'removing':
        await removePrevious(deps, turn)
        return true
      default:
        return false
    }
  }

/** The test itself notes in the rotation how it stands, and when to try again. */
async function test(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation } = turn
  const { clock } = deps
  const tested = await testNext(deps, SYSTEM_CALLER, rotation.mailServerId)
  if (!tested.ok) return end(deps, rotation, 'given-up', plainNote(tested.error.kind, clock))
  const { state } = tested.value
  const waits = clock.now().getTime() - rotation.startedAt.getTime() <= TEST_GIVE_UP_MS
  if (state === 'accepted' || state === 'not-known-yet' || (state === 'unknown' && waits)) return
  const { code, evidence } = tested.value.diagnosis
  await abort(deps, turn, { ...plainNote(code, clock), evidence }, 'maybe-there')
}

async function takeOver(deps: CredentialsDeps, { rotation, slots: { next, server } }: Turn): Promise<void> {
  if (!next) return end(deps, rotation, 'given-up', plainNote('no-next', deps.clock))
  const made = await makeCurrent(deps, callerOf(rotation), {
    mailServerId: rotation.mailServerId,
    nextId: next.id,
    version: server.version,
  })
  // Saved meanwhile: the lease brings it up again. Refused since it was tested: it is tested anew.
  if (!made.ok && made.error.kind === 'not-accepted')
    await deps.store.stepRotation(rotation, { step: 'added', nextTryAt: deps.clock.now() }, null)
}
