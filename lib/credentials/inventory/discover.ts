import { auditEntry } from '../../audit/entry'
import type { DirectoryCredential } from '../../entra/contracts'
import type { Caller } from '../../kernel/actor'
import { fail, ok, type Result } from '../../kernel/result'
import { SECOND_MS } from '../../kernel/time'
import type { CredentialsDeps } from '../deps'
import { callWithAny, type EntraServer, type GraphFault, isEntraServer } from '../entra'
import { grantCommands } from '../grant'
import { openCredential } from '../open-credential'
import { inUse } from '../probe'
import { type StoredCredential, saveDirectoryFacts } from '../store/credentials'
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
  | Extract<GraphFault, { kind: 'no-token' }>
  | { kind: 'graph'; fault: Exclude<GraphFault, { kind: 'no-token' | 'not-permitted' }> }

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
  if (credentials.length === 0) return fail({ kind: 'no-credential' })
  // The answer is the same for all of them, and nothing is changed.
  const read = await callWithAny(deps, server, credentials, (request) =>
    deps.directory.application(request, AbortSignal.timeout(DISCOVER_DEADLINE_MS)),
  )
  if (!read.ok) return fail(faultOf(read.error, server))
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

function faultOf(fault: GraphFault, server: EntraServer): DiscoverFault {
  if (fault.kind === 'no-token') return fault
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
    audit: isNews ? auditEntry('credential.found', caller, `credential:${credential.id}`, details) : null,
  })
}
