import type { DiagnosisCode } from '../kernel/diagnosis-code'
import { newId } from '../kernel/ids'
import { fail, ok, type Result } from '../kernel/result'
import { isEntraServer } from './entra'
import { THE_CLOCK } from './entry'
import type { RotationStepper } from './go-on'
import { makeCurrent } from './make-current'
import { type CredentialsCaller, isLedByClock } from './ports'
import type { CredentialsDeps } from './room'
import { askForSecret, removeAtMicrosoft } from './rotate-graph-ask'
import { callerOf, end, mayPass, noteOf, pause, plainNote, rotationEntry, type Turn } from './rotate-graph-call'
import { beginRemoving, removeFormer } from './rotate-graph-remove'
import { testNext } from './test-next'

/** Shorter than the lease of a claimed rotation. */
const TURN_DEADLINE_MS = 60_000
/** A prepared secret of which nothing clear is heard for so long is given up. */
const TEST_GIVE_UP_MS = 24 * 60 * 60 * 1000

export type RotateFault = {
  kind:
    | 'no-server'
    | 'not-entra'
    | 'no-credential'
    /** The current credential is none that Graph can make another of. */
    | 'not-a-secret'
    | 'next-exists'
    | 'rotation-open'
}

/**
 * Begins the replacement of the current secret through Microsoft Graph. What is stored here, before anybody is asked, is enough
 * to end it after a crash at any point; `goOn` takes it from step to step.
 */
export async function beginRotation(
  deps: CredentialsDeps,
  caller: CredentialsCaller,
  { mailServerId, automatic }: { mailServerId: string; automatic: boolean },
): Promise<Result<{ rotationId: string }, RotateFault>> {
  const { store, clock, audit } = deps
  const id = newId()
  const entry = (details: Parameters<typeof rotationEntry>[3], result?: 'refused') =>
    rotationEntry('rotation.start', caller, { id, mailServerId, way: 'graph' }, { automatic, ...details }, result)
  const now = clock.now()
  const slots = await store.slots(mailServerId, now)
  if (!slots) return refused('no-server')
  const { server, current, next } = slots
  if (!isEntraServer(server)) return refused('not-entra')
  if (!current) return refused('no-credential')
  if (current.kind !== 'client-secret') return refused('not-a-secret')
  if (next) return refused('next-exists')
  // One that only waits for its former secret's time would leave that at Microsoft for good.
  const open = await store.openRotation(mailServerId)
  if (open && isLedByClock(open)) return refused('rotation-open')
  const rotation = { id, mailServerId, way: 'graph', label: `Postroom ${id}`, automatic } as const
  const begun = await store.beginRotation(
    { ...rotation, startedBy: caller.actor, nextTryAt: now },
    entry({ label: rotation.label, former: current.id }),
  )
  return begun.ok ? ok({ rotationId: id }) : refused(begun.error)

  async function refused(kind: RotateFault['kind']) {
    await audit.record(entry({ reason: kind }, 'refused'))
    return fail({ kind })
  }
}

/** Takes a rotation through Graph one step further. */
export const graphStepper =
  (deps: CredentialsDeps): RotationStepper =>
  async (rotation) => {
    if (rotation.way !== 'graph') return false
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
        await askForSecret(deps, turn)
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
        await removeFormer(deps, turn)
        return true
      default:
        return false
    }
  }

/** The test itself notes in the rotation how it stands, and when to try again. */
async function test(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation, slots } = turn
  const { clock } = deps
  const tested = await testNext(deps, THE_CLOCK, rotation.mailServerId)
  if (!tested.ok) return end(deps, rotation, 'given-up', plainNote(tested.error.kind, clock))
  const { state } = tested.value
  const waits = clock.now().getTime() - rotation.startedAt.getTime() <= TEST_GIVE_UP_MS
  if (state === 'accepted' || state === 'not-known-yet' || (state === 'unknown' && waits)) return
  await giveUp(deps, { ...turn, slots }, tested.value.diagnosis.code)
}

/** Mail never used it. At Microsoft it is removed first: nobody would look for it there. */
async function giveUp(deps: CredentialsDeps, turn: Turn, code: DiagnosisCode): Promise<void> {
  const { rotation, slots } = turn
  const { store, clock, crash } = deps
  if (!slots.next) return
  if (slots.next.keyId !== null) {
    const removed = await removeAtMicrosoft(deps, turn, slots.next.keyId)
    if (!removed.ok && mayPass(removed.error)) {
      await pause(deps, rotation, {
        since: rotation.startedAt,
        fault: removed.error,
        note: noteOf(removed.error, clock),
      })
      return
    }
    crash('graph:given-up-removed')
  }
  const details = { step: 'given-up', reason: code, credential: slots.next.id, keyId: slots.next.keyId }
  await store.discardNext({
    mailServerId: rotation.mailServerId,
    nextId: slots.next.id,
    audit: rotationEntry('rotation.end', callerOf(rotation), rotation, details, 'failed'),
  })
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
