import type { Caller } from '../../kernel/actor'
import { actorName } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import { credentialEntry } from '../audit'
import { probeCredential } from '../daily-check'
import type { CredentialsDeps } from '../deps'
import { isEntraServer } from '../entra'
import { fallbackUntil } from '../fallback'
import type { Conflict } from '../ports'

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
  const { store, clock } = deps
  const slots = await store.slots(mailServerId, clock.now())
  if (slots?.fallback?.id !== previousId) return refused({ kind: 'no-fallback' })
  const { server, current, fallback } = slots
  if (!isEntraServer(server)) return refused({ kind: 'not-entra' })
  const { probe } = await probeCredential(deps, server, fallback, { reason: 'rotation', caller })
  if (probe.outcome !== 'accepted') return refused({ kind: 'previous-not-accepted' })
  const until = current && fallbackUntil(current.expiresAt, clock.now())
  const back = await store.goBack({
    mailServerId,
    serverVersion: version,
    previousId,
    fallbackUntil: until,
    savedBy: actorName(caller.actor),
    audit: credentialEntry('credential.go-back', caller, previousId, {
      version: version + 1,
      replaced: current?.id ?? null,
      refusedCode: current?.refusedCode ?? null,
      digest: fallback.digest,
    }),
  })
  return back.ok ? ok(back.value) : refused({ kind: back.error })

  async function refused(fault: GoBackFault) {
    const details = { reason: fault.kind, madeOn: version }
    await deps.audit.record(credentialEntry('credential.go-back', caller, previousId, details, 'refused'))
    return fail(fault)
  }
}
