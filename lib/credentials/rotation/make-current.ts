import { refuse } from '../../audit/store/log'
import { actorName, type Caller } from '../../kernel/actor'
import type { Result } from '../../kernel/result'
import { credentialEntry } from '../audit-entry'
import type { CredentialsDeps } from '../deps'
import { FALLBACK_MIN_MS, fallbackUntil } from '../fallback'
import type { Conflict } from '../store/conflict'
import { openRotation } from '../store/rotations'
import { promoteNext, readSlots } from '../store/slots'
import { isLedByWorker } from './rotation'

export type MakeCurrentFault =
  | { kind: 'no-next' }
  /** Entra has not accepted it yet, or refuses it now. */
  | { kind: 'not-accepted' }
  | { kind: Conflict }

/**
 * Makes the tested credential current. The previous one is the fallback until its own expiry, and for at least 90 minutes. It is a
 * save like any other: a revision with its author, refused if it is based on an old version.
 */
export async function makeCurrent(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, nextId, version }: { mailServerId: string; nextId: string; version: number },
): Promise<Result<{ version: number }, MakeCurrentFault>> {
  const refused = (fault: MakeCurrentFault) =>
    refuse(deps, credentialEntry('credential.make-current', caller, nextId, { madeOn: version }), fault)
  const now = deps.clock.now()
  const slots = await readSlots(deps, mailServerId, now)
  if (slots?.next?.id !== nextId) return refused({ kind: 'no-next' })
  const { current, next } = slots
  if (next.acceptedAt === null || next.refusedAt !== null) return refused({ kind: 'not-accepted' })
  const until = current && fallbackUntil(current.expiresAt, now)
  const rotation = await openRotation(deps.db, mailServerId)
  const isLed = rotation?.nextId === nextId && isLedByWorker(rotation)
  const promoted = await promoteNext(deps, {
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
  return promoted.ok ? promoted : refused({ kind: promoted.error })
}
