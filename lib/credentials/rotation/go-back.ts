import { refuse } from '../../audit/store/log'
import { actorName, type Caller } from '../../kernel/actor'
import type { Result } from '../../kernel/result'
import { credentialEntry } from '../audit-entry'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import { fallbackUntil } from '../fallback'
import { probeCredential } from '../probe'
import type { Conflict } from '../store/conflict'
import { readSlots, restorePrevious } from '../store/slots'

export type GoBackFault =
  /** It is not the fallback any more. */
  | { kind: 'no-fallback' }
  | { kind: 'not-entra' }
  /** Entra does not accept the previous credential now, or could not be reached. */
  | { kind: 'previous-not-accepted' }
  | { kind: Conflict }

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
    refuse(deps, credentialEntry('credential.go-back', caller, previousId, { madeOn: version }), fault)
  const slots = await readSlots(deps, mailServerId, clock.now())
  if (slots?.fallback?.id !== previousId) return refused({ kind: 'no-fallback' })
  const { server, current, fallback } = slots
  if (!isEntraServer(server)) return refused({ kind: 'not-entra' })
  const { probe } = await probeCredential(deps, server, fallback, { reason: 'rotation', caller })
  if (probe.outcome !== 'accepted') return refused({ kind: 'previous-not-accepted' })
  const restored = await restorePrevious(deps, {
    mailServerId,
    serverVersion: version,
    previousId,
    fallbackUntil: current && fallbackUntil(current.expiresAt, clock.now()),
    savedBy: actorName(caller.actor),
    audit: credentialEntry('credential.go-back', caller, previousId, {
      version: version + 1,
      replaced: current?.id ?? null,
      refusedCode: current?.refusedCode ?? null,
      digest: fallback.digest,
    }),
  })
  return restored.ok ? restored : refused({ kind: restored.error })
}
