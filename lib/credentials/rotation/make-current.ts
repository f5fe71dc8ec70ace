import type { Caller } from '../../kernel/actor'
import { actorName } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import { credentialEntry } from '../audit'
import type { Credential } from '../credential'
import type { CredentialsDeps, KeptBecause } from '../deps'
import { FALLBACK_MIN_MS, fallbackUntil } from '../fallback'
import { type Conflict, isLedByClock } from '../ports'

export type MakeCurrentFault =
  | { kind: 'no-next' }
  /** Entra has not accepted it yet, or refuses it now. */
  | { kind: 'not-accepted' }
  | { kind: Conflict }

/**
 * The tested credential takes over; the former one stands in until its own end, and for at least 90 minutes (S-18). It is a save
 * like any other: a revision with its author, refused on an old version.
 */
export async function makeCurrent(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, nextId, version }: { mailServerId: string; nextId: string; version: number },
): Promise<Result<{ version: number }, MakeCurrentFault>> {
  const { store, clock } = deps
  const now = clock.now()
  const slots = await store.slots(mailServerId, now)
  if (slots?.next?.id !== nextId) return refused({ kind: 'no-next' })
  const { current, next } = slots
  if (next.acceptedAt === null || next.refusedAt !== null) return refused({ kind: 'not-accepted' })
  const until = current && fallbackUntil(current.expiresAt, now)
  const rotation = await store.openRotation(mailServerId)
  const isLed = rotation?.nextId === nextId && isLedByClock(rotation)
  const made = await store.makeCurrent({
    mailServerId,
    serverVersion: version,
    nextId,
    fallbackUntil: until,
    advanceAt: isLed ? new Date(now.getTime() + FALLBACK_MIN_MS) : null,
    savedBy: actorName(caller.actor),
    audit: credentialEntry('credential.make-current', caller, nextId, {
      version: version + 1,
      former: current?.id ?? null,
      fallbackUntil: until?.toISOString() ?? null,
      digest: next.digest,
    }),
  })
  return made.ok ? ok(made.value) : refused({ kind: made.error })

  async function refused(fault: MakeCurrentFault) {
    const details = { reason: fault.kind, madeOn: version }
    await deps.audit.record(credentialEntry('credential.make-current', caller, nextId, details, 'refused'))
    return fail(fault)
  }
}

/** Gives the prepared credential up: its text goes for good. Mail never used it. */
export async function discardNext(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, nextId }: { mailServerId: string; nextId: string },
): Promise<Result<void, { kind: Conflict }>> {
  const discarded = await deps.store.discardNext({
    mailServerId,
    nextId,
    audit: credentialEntry('credential.discard', caller, nextId, {}),
  })
  if (discarded.ok) return ok(undefined)
  const details = { reason: discarded.error }
  await deps.audit.record(credentialEntry('credential.discard', caller, nextId, details, 'refused'))
  return fail({ kind: discarded.error })
}

export type RemoveFault = { kind: 'not-retired' } | KeptBecause | { kind: Conflict }

/**
 * A retired credential's text goes for good. Refused while mail may still need it, unless the administrator insists, as after a
 * secret came into wrong hands.
 */
export async function remove(
  deps: CredentialsDeps,
  caller: Caller,
  { credentialId, insist }: { credentialId: string; insist: boolean },
): Promise<Result<void, RemoveFault>> {
  const { store, clock } = deps
  const now = clock.now()
  const credential = await store.byId(credentialId)
  if (credential?.slot !== 'previous' || credential.removedAt !== null) return refused({ kind: 'not-retired' })
  const slots = await store.slots(credential.mailServerId, now)
  const needed = whyKept(credential, slots, now)
  if (needed && !insist) return refused(needed)
  const audit = credentialEntry('credential.remove', caller, credentialId, {
    insisted: needed !== null,
    digest: credential.digest,
  })
  const removed = await store.remove({ credentialId, audit })
  return removed.ok ? ok(undefined) : refused({ kind: removed.error })

  async function refused(fault: RemoveFault) {
    const details = { reason: fault.kind }
    await deps.audit.record(credentialEntry('credential.remove', caller, credentialId, details, 'refused'))
    return fail(fault)
  }
}

type EntraAnswer = Pick<Credential, 'acceptedAt' | 'refusedAt' | 'currentSince' | 'createdAt'>

/** Why a retired credential is not to go yet; null: it may. Also for the page, to say so beforehand. */
export function whyKept(
  credential: Pick<Credential, 'id' | 'replacedAt' | 'fallbackUntil'>,
  slots: { current: EntraAnswer | null; fallback: Pick<Credential, 'id' | 'refusedAt'> | null } | null,
  now: Date,
): KeptBecause | null {
  // One whose time is over, or that belongs to another destination, helps nobody.
  if (credential.fallbackUntil === null || credential.fallbackUntil <= now) return null
  const until = new Date((credential.replacedAt?.getTime() ?? 0) + FALLBACK_MIN_MS)
  if (now < until) return { kind: 'too-early', until }
  if (slots?.fallback?.id !== credential.id || slots.fallback.refusedAt !== null) return null
  const { current } = slots
  const works =
    current !== null &&
    current.refusedAt === null &&
    current.acceptedAt !== null &&
    current.acceptedAt >= (current.currentSince ?? current.createdAt)
  return works ? null : { kind: 'still-needed' }
}
