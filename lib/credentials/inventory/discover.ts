import type { Diagnosis } from '../../diagnosis'
import type { DirectoryApplication, DirectoryCredential, DirectoryFault, DirectoryRequest } from '../../entra/contracts'
import type { Caller } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import { SECOND_MS } from '../../kernel/time'
import { credentialEntry } from '../audit-entry'
import type { CredentialsDeps } from '../deps'
import { diagnosed, type EntraServer, isEntraServer, openedForEntra } from '../entra'
import { grantCommands } from '../grant'
import { openCredential } from '../open-credential'
import { inUse } from '../probe'
import { isCredentialRefusal } from '../rejection'
import type { StoredCredential } from '../store/credentials'
import { saveDirectoryFacts } from '../store/directory-facts'
import { readSlots } from '../store/slots'
import { type Match, matchOf } from './match'

/** Reading one application, including the token. */
const DISCOVER_DEADLINE_MS = 30 * SECOND_MS
/** Length of Microsoft's `hint`. */
const HINT_CHARS = 3

export interface Discovery {
  /** Each stored credential in use, and which of Microsoft's credentials it is. */
  stored: { credentialId: string; outcome: Match }[]
  /** Secrets and certificates of the application that are not known to be one of the stored ones. */
  unmatched: DirectoryCredential[]
}

export type DiscoverFault =
  | { kind: 'no-server' | 'not-entra' | 'no-credential' }
  /** The permission is missing; the commands grant it. */
  | { kind: 'not-permitted'; commands: string[] }
  /** There is no token to call Graph with, because of our own store or because of Entra. */
  | { kind: 'no-token'; diagnosis: Diagnosis }
  | { kind: 'graph'; fault: Exclude<DirectoryFault, { kind: 'token' | 'not-permitted' }> }

/**
 * Finds the stored credentials among the application's own at Microsoft: by id or thumbprint, otherwise by the hint and the dates.
 * Graph's date is kept next to a typed date, which stays; where no date was known, Graph's date is used.
 */
export async function discover(
  deps: CredentialsDeps,
  caller: Caller,
  mailServerId: string,
): Promise<Result<Discovery, DiscoverFault>> {
  const slots = await readSlots(deps, mailServerId, deps.clock.now())
  if (!slots) return fail({ kind: 'no-server' })
  const { server } = slots
  if (!isEntraServer(server)) return fail({ kind: 'not-entra' })
  const credentials = inUse(slots)
  const read = await readApplication(deps, server, credentials)
  if (!read.ok) return read
  const application = read.value

  const matches: Discovery['stored'] = []
  for (const credential of credentials) {
    const hint = await hintOf(deps, server, credential)
    matches.push({ credentialId: credential.id, outcome: matchOf(credential, hint, application.credentials) })
  }
  const stored = withoutDuplicates(matches)
  for (const credential of credentials) await save(deps, caller, credential, stored, application.objectId)
  const matchedIds = new Set(stored.flatMap(({ outcome }) => (outcome.kind === 'found' ? [outcome.match.keyId] : [])))
  return ok({
    stored,
    unmatched: application.credentials.filter(({ keyId }) => !matchedIds.has(keyId)),
  })
}

/** Reads with any credential that Entra accepts: the answer is the same for all of them, and nothing is changed. */
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
    return { kind: 'not-permitted', commands: grantCommands(server, 'Application.Read.All') }
  return { kind: 'graph', fault }
}

/** The first characters of a stored secret, opened for a comparison only: they are never stored from here. */
export async function hintOf(
  { vault }: CredentialsDeps,
  server: EntraServer,
  credential: StoredCredential,
): Promise<string | null> {
  if (credential.kind !== 'client-secret') return null
  const opened = await openCredential(credential, server.destination, vault)
  return opened.ok && opened.value.kind === 'client-secret' ? opened.value.secret.reveal().slice(0, HINT_CHARS) : null
}

/** Two stored credentials cannot be the same one at Microsoft. Where two guesses collide, neither is used. */
function withoutDuplicates(stored: Discovery['stored']): Discovery['stored'] {
  const counts = new Map<string, number>()
  for (const { outcome } of stored)
    if (outcome.kind === 'found') counts.set(outcome.match.keyId, (counts.get(outcome.match.keyId) ?? 0) + 1)
  return stored.map(({ credentialId, outcome }) => {
    const isGuess = outcome.kind === 'found' && (outcome.by === 'hint' || outcome.by === 'dates')
    if (!isGuess || counts.get(outcome.match.keyId) === 1) return { credentialId, outcome }
    return { credentialId, outcome: { kind: 'ambiguous' } }
  })
}

async function save(
  deps: CredentialsDeps,
  caller: Caller,
  credential: StoredCredential,
  stored: Discovery['stored'],
  applicationObjectId: string,
): Promise<void> {
  const outcome = stored.find(({ credentialId }) => credentialId === credential.id)?.outcome
  if (outcome?.kind !== 'found') return
  const { keyId, endsAt } = outcome.match
  const isNews = credential.keyId !== keyId || credential.foundExpiresAt?.getTime() !== endsAt?.getTime()
  const details = { keyId, by: outcome.by, expiresAt: endsAt?.toISOString() ?? null }
  await saveDirectoryFacts(deps, credential.id, outcome.match, {
    ...(credential.kind === 'certificate' && { applicationObjectId }),
    audit: isNews ? credentialEntry('credential.found', caller, credential.id, details) : null,
  })
}
