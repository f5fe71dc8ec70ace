import type { Diagnosis } from '../../diagnosis'
import type { DirectoryApplication, DirectoryCredential, DirectoryFault, DirectoryRequest } from '../../entra/contracts'
import type { Caller } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import { credentialEntry } from '../audit'
import { inUse } from '../daily-check'
import type { CredentialsDeps } from '../deps'
import { diagnosed, type EntraServer, isEntraServer, openedForEntra } from '../entra'
import { grantCommands } from '../grant'
import { openCredential } from '../open-credential'
import type { StoredCredential } from '../ports'
import { isCredentialRefusal } from '../rejection'
import { type Match, matchOf } from './match'

/** Reading one application, token included. */
const DISCOVER_DEADLINE_MS = 30_000
/** As Microsoft's `hint` has it. */
const HINT_CHARS = 3

export interface Discovery {
  application: { objectId: string; displayName: string }
  /** Each stored credential in use, and which of Microsoft's it is. */
  stored: { credentialId: string; outcome: Match }[]
  /** Secrets and certificates of the application that none of the stored ones is known to be. */
  others: DirectoryCredential[]
}

export type DiscoverFault =
  | { kind: 'no-server' | 'not-entra' | 'no-credential' }
  /** The permission is missing; these lines grant it. */
  | { kind: 'not-permitted'; commands: string[]; evidence: string }
  /** Our own store, or Entra, gave nothing to ask Graph with. */
  | { kind: 'no-token'; diagnosis: Diagnosis }
  | { kind: 'graph'; fault: Exclude<DirectoryFault, { kind: 'token' | 'not-permitted' }> }

/**
 * Finds the stored credentials among the application's own at Microsoft: by id or thumbprint, else by the hint and the dates.
 * What is found is kept beside a typed date, which stays; a date nobody knew is taken over.
 */
export async function discover(
  deps: CredentialsDeps,
  caller: Caller,
  mailServerId: string,
): Promise<Result<Discovery, DiscoverFault>> {
  const { store, clock } = deps
  const slots = await store.slots(mailServerId, clock.now())
  if (!slots) return fail({ kind: 'no-server' })
  const { server } = slots
  if (!isEntraServer(server)) return fail({ kind: 'not-entra' })
  const credentials = inUse(slots)
  const read = await readApplication(deps, server, credentials)
  if (!read.ok) return read

  const stored: Discovery['stored'] = []
  for (const credential of credentials) {
    const hint = await hintOf(deps, server, credential)
    stored.push({ credentialId: credential.id, outcome: matchOf(credential, hint, read.value.credentials) })
  }
  const settled = withoutDoubles(stored)
  for (const credential of credentials) await keep(deps, caller, credential, settled, read.value.objectId)
  const taken = new Set(settled.flatMap(({ outcome }) => (outcome.kind === 'found' ? [outcome.match.keyId] : [])))
  const { objectId, displayName } = read.value
  return ok({
    application: { objectId, displayName },
    stored: settled,
    others: read.value.credentials.filter(({ keyId }) => !taken.has(keyId)),
  })
}

/** By whichever credential Entra takes: the question is about all of them, and only reads. */
async function readApplication(
  { vault, clock, directory }: CredentialsDeps,
  server: EntraServer,
  credentials: readonly StoredCredential[],
): Promise<Result<DirectoryApplication, DiscoverFault>> {
  let last: DiscoverFault = { kind: 'no-credential' }
  for (const credential of credentials) {
    const opened = await openedForEntra(vault, server, credential)
    if (!opened.ok) {
      last = { kind: 'no-token', diagnosis: diagnosed(opened.error, clock) }
      continue
    }
    const request: DirectoryRequest = { ...server.exchange, credential: opened.value }
    const read = await directory.application(request, AbortSignal.timeout(DISCOVER_DEADLINE_MS))
    if (read.ok) return read
    last = faultOf(read.error, server, (fault) => diagnosed(fault, clock))
    if (last.kind !== 'no-token' || !isCredentialRefusal(last.diagnosis.code)) return fail(last)
  }
  return fail(last)
}

function faultOf(
  fault: DirectoryFault,
  server: EntraServer,
  diagnosisOf: (fault: Extract<DirectoryFault, { kind: 'token' }>['fault']) => Diagnosis,
): DiscoverFault {
  if (fault.kind === 'token') return { kind: 'no-token', diagnosis: diagnosisOf(fault.fault) }
  if (fault.kind === 'not-permitted')
    return {
      kind: 'not-permitted',
      commands: grantCommands(server, 'Application.Read.All'),
      evidence: fault.evidence,
    }
  return { kind: 'graph', fault }
}

/** Opened for the comparison and forgotten: the characters are never stored from here (S-13). */
export async function hintOf(
  { vault }: CredentialsDeps,
  server: EntraServer,
  credential: StoredCredential,
): Promise<string | null> {
  if (credential.kind !== 'client-secret') return null
  const opened = await openCredential(credential, server.destination, vault)
  return opened.ok && opened.value.kind === 'client-secret' ? opened.value.secret.reveal().slice(0, HINT_CHARS) : null
}

/** Two stored ones cannot be the same one at Microsoft: then neither guess holds. */
function withoutDoubles(stored: Discovery['stored']): Discovery['stored'] {
  const counts = new Map<string, number>()
  for (const { outcome } of stored)
    if (outcome.kind === 'found') counts.set(outcome.match.keyId, (counts.get(outcome.match.keyId) ?? 0) + 1)
  return stored.map(({ credentialId, outcome }) => {
    const isGuess = outcome.kind === 'found' && (outcome.by === 'hint' || outcome.by === 'dates')
    if (!isGuess || counts.get(outcome.match.keyId) === 1) return { credentialId, outcome }
    return { credentialId, outcome: { kind: 'ambiguous', candidates: [outcome.match] } }
  })
}

async function keep(
  { store }: CredentialsDeps,
  caller: Caller,
  credential: StoredCredential,
  stored: Discovery['stored'],
  applicationObjectId: string,
): Promise<void> {
  const outcome = stored.find(({ credentialId }) => credentialId === credential.id)?.outcome
  if (outcome?.kind !== 'found') return
  const { keyId, hint, startsAt, endsAt } = outcome.match
  const isNews = credential.keyId !== keyId || credential.foundExpiresAt?.getTime() !== endsAt?.getTime()
  const details = { keyId, by: outcome.by, expiresAt: endsAt?.toISOString() ?? null }
  await store.keepFound({
    credentialId: credential.id,
    keyId,
    hint,
    startsAt,
    foundExpiresAt: endsAt,
    ...(credential.kind === 'certificate' && { applicationObjectId }),
    audit: isNews ? credentialEntry('credential.found', caller, credential.id, details) : null,
  })
}
