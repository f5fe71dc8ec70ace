import { auditEntry } from '../audit'
import type { Diagnosis } from '../diagnosis'
import { type Caller, fail, ok, type Result, SECOND_MS, SYSTEM_CALLER } from '../kernel'
import type { CredentialsDeps } from './deps'
import { diagnosed, type EntraServer, isEntraServer, tokenRequest } from './entra'
import { isCredentialRefusal } from './propagation'
import { readCredential, type StoredCredential } from './store/credentials'
import { dueProbes } from './store/due'
import { insertProbe, listProbes, type Probe } from './store/probes'
import { readServer } from './store/servers'
import type { Slots } from './store/slots'

/** One request to Entra, including all its redirects and retries. */
const PROBE_DEADLINE_MS = 20 * SECOND_MS
/** A person who repeats a probe at once sees the answer that was just received. */
const JUST_PROBED_MS = 10 * SECOND_MS

/** `not-entra`: a password can only be tried by logging in, which the connection test does. */
type ProbeFault = { kind: 'not-found' | 'not-entra' }

/**
 * Requests a fresh token, never a cached one, and stores Entra's answer. A refusal counts only if it is about the credential
 * itself; anything else says nothing about it.
 *
 * @returns `diagnosis` is null if a token came
 */
export async function probeCredential(
  deps: CredentialsDeps,
  server: EntraServer,
  credential: StoredCredential,
  { reason, caller }: { reason: Probe['reason']; caller: Caller },
): Promise<{ probe: Probe; diagnosis: Diagnosis | null }> {
  const diagnosis = await requestToken(deps, server, credential)
  const failure = diagnosis && isCredentialRefusal(diagnosis.code) ? 'refused' : 'unknown'
  const probe: Probe = {
    at: deps.clock.now(),
    reason,
    outcome: diagnosis === null ? 'accepted' : failure,
    diagnosisCode: diagnosis?.code ?? null,
    evidence: diagnosis?.evidence ?? null,
  }
  await insertProbe(deps, credential.id, probe, probeEntry(credential, probe, caller))
  return { probe, diagnosis }
}

/** @returns null if a token came */
async function requestToken(deps: CredentialsDeps, server: EntraServer, credential: StoredCredential) {
  const request = await tokenRequest(deps, server, credential)
  if (!request.ok) return request.error
  const token = await deps.tokens.fresh(request.value, AbortSignal.timeout(PROBE_DEADLINE_MS))
  return token.ok ? null : diagnosed(token.error)
}

/** There is an audit entry if a person requested the probe, or if Entra's answer has changed. */
function probeEntry(credential: StoredCredential, { outcome, diagnosisCode, reason }: Probe, caller: Caller) {
  const before = (credential.refusedAt && 'refused') ?? (credential.acceptedAt && 'accepted')
  const isNews = outcome !== 'unknown' && outcome !== before
  // A rotation's test has its own entry.
  if (reason === 'rotation' || (reason !== 'asked' && !isNews)) return null
  const result = outcome === 'accepted' ? 'done' : 'failed'
  const details = { outcome, code: diagnosisCode, reason }
  return auditEntry('credential.probe', caller, `credential:${credential.id}`, details, result)
}

export async function probe(
  deps: CredentialsDeps,
  caller: Caller,
  credentialId: string,
): Promise<Result<Probe, ProbeFault>> {
  const { db, clock } = deps
  const credential = await readCredential(db, credentialId)
  if (!credential || credential.removedAt) return fail({ kind: 'not-found' })
  const server = await readServer(deps, credential.mailServerId)
  if (!server || !isEntraServer(server)) return fail({ kind: 'not-entra' })
  const [latest] = await listProbes(db, credentialId, 1)
  if (latest && clock.now().getTime() - latest.at.getTime() < JUST_PROBED_MS) return ok(latest)
  return ok((await probeCredential(deps, server, credential, { reason: 'asked', caller })).probe)
}

/** Probes each credential whose daily probe is due, at its own minute so that a fleet does not ask at once. Missed probes are made up for. */
export async function probeDue(deps: CredentialsDeps): Promise<ReadonlyMap<string, Probe['outcome']>> {
  const { db, clock } = deps
  const outcomes = new Map<string, Probe['outcome']>()
  for (const id of await dueProbes(db, clock.now())) {
    // The probes before it may have taken minutes, in which it was removed, or another run has begun and probed it.
    if ((await dueProbes(db, clock.now(), id)).length === 0) continue
    const credential = await readCredential(db, id)
    const server = credential && (await readServer(deps, credential.mailServerId))
    if (!credential || !server || !isEntraServer(server)) continue
    const { probe } = await probeCredential(deps, server, credential, { reason: 'daily', caller: SYSTEM_CALLER })
    outcomes.set(id, probe.outcome)
  }
  return outcomes
}

export const inUse = ({ current, next, fallback }: Slots): StoredCredential[] =>
  [current, next, fallback].filter((credential) => credential !== null)
