import { auditEntry, refuse } from '../../audit'
import type { Caller, Result } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { FALLBACK_MIN_MS } from '../fallback'
import { type Conflict, type Credential, readCredential } from '../store/credentials'
import { openRotation } from '../store/rotations'
import { deleteNext, deletePrevious, readSlots } from '../store/slots'
import { isUnusedThere, plainNote } from './turn'

type ReasonToKeep =
  /** Another process may still send with one of its tokens. */
  | { kind: 'too-early'; until: Date }
  /** Entra refuses the current one, or has not accepted it since it became current. */
  | { kind: 'still-needed' }

export type RemoveFault = { kind: 'not-previous' } | ReasonToKeep | Conflict

/** Deletes a previous credential's secret for good. Refused while mail may still need it, unless the administrator insists. */
export async function remove(
  deps: CredentialsDeps,
  caller: Caller,
  { credentialId, insist }: { credentialId: string; insist: boolean },
): Promise<Result<void, RemoveFault>> {
  const refused = (fault: RemoveFault) =>
    refuse(deps, auditEntry('credential.remove', caller, `credential:${credentialId}`), fault)
  const now = deps.clock.now()
  const credential = await readCredential(deps.db, credentialId)
  if (credential?.slot !== 'previous' || credential.removedAt !== null) return refused({ kind: 'not-previous' })
  const reason = reasonToKeep(credential, await readSlots(deps, credential.mailServerId, now), now)
  if (reason && !insist) return refused(reason)
  const audit = auditEntry('credential.remove', caller, `credential:${credentialId}`, {
    insisted: reason !== null,
    digest: credential.digest,
  })
  const removed = await deletePrevious(deps, { credentialId, audit })
  return removed.ok ? removed : refused(removed.error)
}

type EntraAnswer = Pick<Credential, 'acceptedAt' | 'refusedAt' | 'currentSince' | 'createdAt'>

/** Why a previous credential must not be removed yet, or null if it may. The page shows it too. */
export function reasonToKeep(
  credential: Pick<Credential, 'id' | 'replacedAt' | 'fallbackUntil'>,
  slots: { current: EntraAnswer | null; fallback: Pick<Credential, 'id' | 'refusedAt'> | null } | null,
  now: Date,
): ReasonToKeep | null {
  // It cannot be used any more: its time is over, or it belongs to another destination.
  if (credential.fallbackUntil === null || credential.fallbackUntil <= now) return null
  const until = new Date((credential.replacedAt?.getTime() ?? 0) + FALLBACK_MIN_MS)
  if (now < until) return { kind: 'too-early', until }
  if (slots?.fallback?.id !== credential.id || slots.fallback.refusedAt !== null) return null
  return slots.current && isVerifiedInUse(slots.current) ? null : { kind: 'still-needed' }
}

/** Whether Entra has accepted the current credential since it became current. */
export const isVerifiedInUse = ({ acceptedAt, refusedAt, currentSince, createdAt }: EntraAnswer): boolean =>
  refusedAt === null && acceptedAt !== null && acceptedAt >= (currentSince ?? createdAt)

/** Discards the prepared credential, which mail never used: its secret is deleted. What is at Microsoft stays, and the page names it. */
export async function discardNext(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, nextId }: { mailServerId: string; nextId: string },
): Promise<Result<void, Conflict>> {
  const rotation = await openRotation(deps.db, mailServerId)
  const isAtMicrosoft = rotation?.nextId === nextId && isUnusedThere(rotation)
  const left = isAtMicrosoft ? rotation.label : null
  const audit = auditEntry('credential.discard', caller, `credential:${nextId}`, { left })
  const fault = isAtMicrosoft ? { ...plainNote('no-next'), left: true as const } : undefined
  const discarded = await deleteNext(deps, { mailServerId, nextId, audit, fault })
  return discarded.ok ? discarded : refuse(deps, audit, discarded.error)
}
