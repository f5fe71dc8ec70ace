import type { Diagnosis } from '../diagnosis'
import type { TokenSource } from '../entra/contracts'
import type { Caller } from '../kernel/actor'
import { SYSTEM_CALLER } from '../kernel/actor'
import { fail, ok, type Result } from '../kernel/result'
import { credentialEntry } from './audit'
import { diagnosed, type EntraServer, isEntraServer, type OpenDeps, tokenRequest } from './entra'
import type { CredentialStore, Probe, Slots, StoredCredential } from './ports'
import { isDue } from './probe-time'
import { isCredentialRefusal } from './rejection'

/** One question to Entra, whatever it does. */
const PROBE_DEADLINE_MS = 20_000
/** A person who asks again at once is told what was just heard. */
const JUST_ASKED_MS = 10_000

export interface ProbeDeps extends OpenDeps {
  store: CredentialStore
  tokens: TokenSource
}

export interface Probed {
  probe: Probe
  /** Null when a token came. */
  diagnosis: Diagnosis | null
}

/** `not-entra`: a password can only be tried by logging in, which the connection test does. */
export type ProbeFault = { kind: 'not-found' | 'not-entra' }

/**
 * Asks for a fresh token, never a held one, and keeps what Entra said. A refusal counts only where it is of the credential
 * itself; anything else says nothing about it.
 */
export async function probeCredential(
  deps: ProbeDeps,
  server: EntraServer,
  credential: StoredCredential,
  { reason, caller }: { reason: Probe['reason']; caller: Caller },
): Promise<Probed> {
  const { store, clock } = deps
  const begunMs = clock.monotonicMs()
  const fault = await faultOfAsking(deps, server, credential)
  const outcome = fault === null ? 'accepted' : isCredentialRefusal(fault.code) ? 'refused' : 'unknown'
  const probe: Probe = {
    at: clock.now(),
    reason,
    outcome,
    diagnosisCode: fault?.code ?? null,
    evidence: fault?.evidence ?? null,
    durationMs: Math.round(clock.monotonicMs() - begunMs),
  }
  await store.keepProbe(credential.id, probe, newsOf(credential, probe, caller))
  return { probe, diagnosis: fault }
}

/** Null: a token came. */
async function faultOfAsking(
  deps: ProbeDeps,
  server: EntraServer,
  credential: StoredCredential,
): Promise<Diagnosis | null> {
  const request = await tokenRequest(deps, server, credential)
  if (!request.ok) return request.error
  const token = await deps.tokens.fresh(request.value, AbortSignal.timeout(PROBE_DEADLINE_MS))
  return token.ok ? null : diagnosed(token.error, deps.clock)
}

/** An audit row where a person asked, or where Entra now says something else than before. */
function newsOf(credential: StoredCredential, { outcome, diagnosisCode, reason }: Probe, caller: Caller) {
  const before = credential.refusedAt ? 'refused' : credential.acceptedAt ? 'accepted' : null
  const isNews = outcome !== 'unknown' && outcome !== before
  // A rotation's test has its own row.
  if (reason === 'rotation' || (reason !== 'asked' && !isNews)) return null
  const result = outcome === 'accepted' ? 'done' : 'failed'
  return credentialEntry('credential.probe', caller, credential.id, { outcome, code: diagnosisCode, reason }, result)
}

/** A person asks about one credential. */
export async function probeOne(
  deps: ProbeDeps,
  caller: Caller,
  credentialId: string,
): Promise<Result<Probe, ProbeFault>> {
  const { store, clock } = deps
  const credential = await store.byId(credentialId)
  if (!credential || credential.removedAt) return fail({ kind: 'not-found' })
  const server = await store.server(credential.mailServerId)
  if (!server || !isEntraServer(server)) return fail({ kind: 'not-entra' })
  const [latest] = await store.probes(credentialId, 1)
  if (latest && clock.now().getTime() - latest.at.getTime() < JUST_ASKED_MS) return ok(latest)
  const { probe } = await probeCredential(deps, server, credential, { reason: 'asked', caller })
  return ok(probe)
}

/**
 * The day's question for every credential in use or ready to be, each at its own minute so that a fleet does not ask at once. What a
 * downtime left out is made up for.
 *
 * @returns how many were asked.
 */
export async function probeDue(deps: ProbeDeps): Promise<number> {
  const { store, clock } = deps
  let asked = 0
  for (const { id } of await store.servers()) {
    const slots = await store.slots(id, clock.now())
    if (!slots || !isEntraServer(slots.server)) continue
    const credentials = inUse(slots)
    const latest = await store.latestProbes(credentials.map((credential) => credential.id))
    for (const credential of credentials) {
      if (!isDue(credential, latest.get(credential.id)?.at ?? null, clock.now())) continue
      await probeCredential(deps, slots.server, credential, { reason: 'daily', caller: SYSTEM_CALLER })
      asked += 1
    }
  }
  return asked
}

export const inUse = ({ current, next, fallback }: Slots): StoredCredential[] =>
  [current, next, fallback].filter((credential) => credential !== null)
