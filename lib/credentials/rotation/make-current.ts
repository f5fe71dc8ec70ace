import { auditEntry, refuse } from '../../audit'
import { actorName, type Caller, type Result } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import { FALLBACK_MIN_MS, fallbackUntil } from '../fallback'
import { probeCredential } from '../probe'
import type { Conflict } from '../store/credentials'
import { openRotation } from '../store/rotations'
import { readSlots, switchCredential } from '../store/slots'
import { isLedByWorker } from './rotation'

/** `not-accepted`: Entra has not accepted it yet, or refuses it now. */
export type MakeCurrentFault = { kind: 'no-next' | 'not-accepted' } | Conflict

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
    refuse(deps, auditEntry('credential.make-current', caller, `credential:${nextId}`, { madeOn: version }), fault)
  const now = deps.clock.now()
  const slots = await readSlots(deps, mailServerId, now)
  if (slots?.next?.id !== nextId) return refused({ kind: 'no-next' })
  const { current, next } = slots
  if (next.acceptedAt === null || next.refusedAt !== null) return refused({ kind: 'not-accepted' })
  const until = current && fallbackUntil(current.expiresAt, now)
  const rotation = await openRotation(deps.db, mailServerId)
  const isLed = rotation?.nextId === nextId && isLedByWorker(rotation)
  const promoted = await switchCredential(deps, {
    mailServerId,
    serverVersion: version,
    credentialId: nextId,
    slot: 'next',
    fallbackUntil: until,
    advanceAt: isLed ? new Date(now.getTime() + FALLBACK_MIN_MS) : null,
    savedBy: actorName(caller.actor),
    audit: auditEntry('credential.make-current', caller, `credential:${nextId}`, {
      version: version + 1,
      former: current?.id ?? null,
      fallbackUntil: until?.toISOString() ?? null,
      digest: next.digest,
    }),
  })
  return promoted.ok ? promoted : refused(promoted.error)
}

/**
 * `no-fallback`: it is not the fallback any more. `previous-not-accepted`: Entra does not accept the previous credential now, or could not
 * be reached.
 */
export type GoBackFault = { kind: 'no-fallback' | 'not-entra' | 'previous-not-accepted' } | Conflict

/**
 * Makes the previous credential current again, for example when Entra rejects the one that replaced it. Entra must accept the previous
 * one at this moment. It is a save like any other: a revision with its author, rejected if it is based on an old version.
 */
export async function goBack(
  deps: CredentialsDeps,
  caller: Caller,
  { mailServerId, previousId, version }: { mailServerId: string; previousId: string; version: number },
): Promise<Result<{ version: number }, GoBackFault>> {
  const { clock } = deps
  const refused = (fault: GoBackFault) =>
    refuse(deps, auditEntry('credential.go-back', caller, `credential:${previousId}`, { madeOn: version }), fault)
  const slots = await readSlots(deps, mailServerId, clock.now())
  if (slots?.fallback?.id !== previousId) return refused({ kind: 'no-fallback' })
  const { server, current, fallback } = slots
  if (!isEntraServer(server)) return refused({ kind: 'not-entra' })
  const { probe } = await probeCredential(deps, server, fallback, { reason: 'rotation', caller })
  if (probe.outcome !== 'accepted') return refused({ kind: 'previous-not-accepted' })
  const restored = await switchCredential(deps, {
    mailServerId,
    serverVersion: version,
    credentialId: previousId,
    slot: 'previous',
    advanceAt: null,
    fallbackUntil: current && fallbackUntil(current.expiresAt, clock.now()),
    savedBy: actorName(caller.actor),
    audit: auditEntry('credential.go-back', caller, `credential:${previousId}`, {
      version: version + 1,
      replaced: current?.id ?? null,
      refusedCode: current?.refusedCode ?? null,
      digest: fallback.digest,
    }),
  })
  return restored.ok ? restored : refused(restored.error)
}
