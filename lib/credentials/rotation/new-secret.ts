import type { DirectoryCredential } from '../../entra/contracts'
import { actorName } from '../../kernel/actor'
import type { Redacted } from '../../kernel/redacted'
import { DAY_MS, HOUR_MS } from '../../kernel/time'
import type { CredentialsDeps } from '../deps'
import type { Rotation } from '../ports'
import { sealed } from './add-next'
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
import { clearLeftovers } from './leftovers'

/** What many tenants' policies allow; long enough to rotate twice a year. */
const LIFE_DAYS = 180
/** The policy counts from Microsoft's clock, which may be behind ours. */
const CLOCKS_DIFFER_MS = HOUR_MS
/** Nothing has changed yet: whoever waits longer had better do it by hand. */
const GIVE_UP_MS = DAY_MS

/**
 * Asks Graph for a new secret. The rotation and its label were stored before, so whatever a crash or a lost answer left at
 * Microsoft is known by its name there; its text is lost, so it is removed, and a new one is asked for.
 */
export async function askForSecret(deps: CredentialsDeps, turn: Turn): Promise<void> {
  const { rotation } = turn
  const { clock, directory, crash } = deps
  const sound = await deps.keysSound()
  if (!sound.ok) return end(deps, rotation, 'failed', plainNote('key-wrong', clock))

  const rule = await newOnesRule(deps, turn, 'password')
  const cleared = await clearLeftovers(deps, turn, null)
  if (!cleared.ok) return stopped(deps, rotation, cleared.error)

  crash('graph:asking')
  const endsAt = new Date(clock.now().getTime() + rule.lifeMs)
  const added = await askGraph(deps, turn, (request) =>
    directory.addPassword(request, { displayName: rotation.label, endsAt }, turn.signal),
  )
  if (!added.ok) return stopped(deps, rotation, rule.forbidden ? byPolicy(added.error) : added.error)
  crash('graph:answered')
  await keep(deps, turn, added.value)
}

/** What forbids it is known, whatever code Graph's refusal has. */
const byPolicy = (fault: AskFault): AskFault =>
  fault.kind === 'refused' ? { kind: 'policy', evidence: fault.evidence } : fault

async function keep(
  { store, vault }: CredentialsDeps,
  { rotation, server }: Turn,
  { secret, credential: made }: { secret: Redacted; credential: DirectoryCredential },
): Promise<void> {
  const caller = callerOf(rotation)
  const credential = await sealed(vault, server, secretMaterial(secret, made), actorName(caller.actor))
  const expiresAt = made.endsAt?.toISOString() ?? null
  const details = { step: 'added', credential: credential.id, keyId: made.keyId, expiresAt, digest: credential.digest }
  // Refused when the server was saved meanwhile: the lease brings it up again, and the secret is found by its label.
  await store.addNext({
    mailServerId: rotation.mailServerId,
    serverVersion: server.version,
    credential,
    rotation: { continues: rotation.id, step: 'added' },
    audit: rotationEntry('rotation.step', caller, rotation, details),
  })
}

const secretMaterial = (secret: Redacted, { keyId, hint, startsAt, endsAt }: DirectoryCredential) => ({
  credential: { kind: 'client-secret', secret } as const,
  applicationObjectId: null,
  certificate: null,
  keyId,
  hint,
  startsAt,
  expiresAt: endsAt,
  expirySource: 'graph' as const,
  note: '',
})

export async function stopped(deps: CredentialsDeps, rotation: Rotation, fault: AskFault): Promise<void> {
  const note = noteOf(fault, deps.clock)
  if (!mayPass(fault)) return end(deps, rotation, 'failed', note)
  if (deps.clock.now().getTime() - rotation.startedAt.getTime() > GIVE_UP_MS)
    return end(deps, rotation, 'given-up', note)
  await pause(deps, rotation, { since: rotation.startedAt, fault, note })
}

/**
 * The tenant's policy is read where that is allowed, which is seldom. Its longest life is kept to; what it forbids is asked for
 * all the same, since it does not say whom it spares: older applications, or those with a policy of their own. Graph knows.
 */
export async function newOnesRule(
  deps: CredentialsDeps,
  turn: Turn,
  kind: 'password' | 'certificate',
): Promise<{ forbidden: boolean; lifeMs: number }> {
  const read = await askGraph(deps, turn, (request) => deps.directory.policy(request, turn.signal))
  const rule = read.ok && read.value.enabled ? read.value[kind] : null
  const allowed = rule?.daysMax == null ? null : rule.daysMax * DAY_MS - CLOCKS_DIFFER_MS
  return {
    forbidden: rule?.forbidden ?? false,
    lifeMs: Math.min(LIFE_DAYS * DAY_MS, allowed ?? Number.POSITIVE_INFINITY),
  }
}
