import type { DirectoryCredential } from '../../entra/contracts'
import { actorName } from '../../kernel/actor'
import type { Redacted } from '../../kernel/redacted'
import { DAY_MS, HOUR_MS } from '../../kernel/time'
import type { CredentialsDeps } from '../deps'
import type { Rotation } from '../store/rotations'
import { insertNext } from '../store/slots'
import { BARE, sealed } from './add-next'
import {
  callerOf,
  callGraph,
  end,
  type GraphFault,
  isTemporary,
  noteOf,
  pause,
  plainNote,
  rotationEntry,
  type Turn,
} from './graph-call'
import { clearLeftovers } from './leftovers'

/** Many tenants' policies allow it, and it is long enough to rotate twice a year. */
const LIFE_DAYS = 180
/** The policy counts by Microsoft's clock, which may be behind ours. */
const CLOCK_DIFFERENCE_MS = HOUR_MS
/** Nothing has changed yet. If it takes longer, a person should do it by hand. */
const ABORT_AFTER_MS = DAY_MS

/**
 * Asks Graph for a new secret. The rotation and its label were stored before, so that what a crash or a lost answer left at
 * Microsoft is known by its name. The text of such a secret is lost, so it is removed and another one is requested.
 */
export async function requestSecret(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation } = turn
  const { clock, directory, crash } = deps
  const sound = await deps.keysSound()
  if (!sound.ok) return end(deps, rotation, 'failed', plainNote('key-wrong', clock))

  const rule = await lifetimeRule(deps, turn, 'password')
  const cleared = await clearLeftovers(deps, turn, null)
  if (!cleared.ok) return retryOrEnd(deps, rotation, cleared.error)

  crash('graph:asking')
  const endsAt = new Date(clock.now().getTime() + rule.lifeMs)
  const added = await callGraph(deps, turn, (request) =>
    directory.addPassword(request, { displayName: rotation.label, endsAt }, turn.signal),
  )
  if (!added.ok) return retryOrEnd(deps, rotation, rule.forbidden ? asPolicyFault(added.error) : added.error)
  crash('graph:answered')
  await save(deps, turn, added.value)
}

/** The policy is known to forbid it, whatever code Graph's refusal has. */
const asPolicyFault = (fault: GraphFault): GraphFault =>
  fault.kind === 'refused' ? { kind: 'policy', evidence: fault.evidence } : fault

async function save(
  deps: CredentialsDeps,
  { rotation, server, slots }: Turn,
  { secret, credential: added }: { secret: Redacted; credential: DirectoryCredential },
): Promise<void> {
  const caller = callerOf(rotation)
  const { keyId, hint, startsAt, endsAt } = added
  const material = {
    ...BARE,
    credential: { kind: 'client-secret', secret } as const,
    keyId,
    hint,
    startsAt,
    expiresAt: endsAt,
    expirySource: 'graph' as const,
    note: slots.current?.note ?? '',
  }
  const credential = await sealed(deps.vault, server, material, actorName(caller.actor))
  const expiresAt = endsAt?.toISOString() ?? null
  const details = { step: 'added', credential: credential.id, keyId, expiresAt, digest: credential.digest }
  // Refused if the server was saved in between. Then the rotation is due again after the lease and finds this secret by its label.
  await insertNext(deps, {
    mailServerId: rotation.mailServerId,
    serverVersion: server.version,
    credential,
    rotation: { continues: rotation.id, step: 'added' },
    audit: rotationEntry('rotation.step', caller, rotation, details),
  })
}

/** After a fault before anything was added at Microsoft. */
export async function retryOrEnd(deps: CredentialsDeps, rotation: Rotation, fault: GraphFault): Promise<void> {
  const note = noteOf(fault, deps.clock)
  if (!isTemporary(fault)) return end(deps, rotation, 'failed', note)
  if (deps.clock.now().getTime() - rotation.startedAt.getTime() > ABORT_AFTER_MS)
    return end(deps, rotation, 'given-up', note)
  await pause(deps, rotation, { since: rotation.startedAt, fault, note })
}

/**
 * The tenant's policy on new credentials, if it may be read, which is rare. Its longest lifetime is respected. What it forbids is
 * requested anyway, because the policy does not say which applications are exempt (older ones, or those with a policy of their
 * own); Graph decides.
 */
export async function lifetimeRule(
  deps: CredentialsDeps,
  turn: Turn,
  kind: 'password' | 'certificate',
): Promise<{ forbidden: boolean; lifeMs: number }> {
  const read = await callGraph(deps, turn, (request) => deps.directory.policy(request, turn.signal))
  const rule = read.ok && read.value.enabled ? read.value[kind] : null
  const allowedMs = rule?.daysMax == null ? null : rule.daysMax * DAY_MS - CLOCK_DIFFERENCE_MS
  return {
    forbidden: rule?.forbidden ?? false,
    lifeMs: Math.min(LIFE_DAYS * DAY_MS, allowedMs ?? Number.POSITIVE_INFINITY),
  }
}
