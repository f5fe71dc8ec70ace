import { auditEntry } from '../../audit'
import { certificateOf } from '../../crypto/certificates/pair'
import type { DirectoryCredential } from '../../entra/contracts'
import { type Caller, DAY_MS, dayText, fail, ok, type Result, SECOND_MS } from '../../kernel'
import type { CredentialsDeps } from '../deps'
import { callWithAny, type EntraServer, type GraphFault, isEntraServer } from '../entra'
import { graphLines } from '../grant'
import { openCredential } from '../open-credential'
import { inUse } from '../probe'
import { type StoredCredential, saveDirectoryFacts } from '../store/credentials'
import { readSlots } from '../store/slots'

/** Reading one application, including the token. */
const DISCOVER_DEADLINE_MS = 30 * SECOND_MS
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
  | Exclude<GraphFault, { kind: 'not-permitted' }>

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
  if (!read.ok) {
    if (read.error.kind !== 'not-permitted') return fail(read.error)
    return fail({ kind: 'not-permitted', commands: graphLines(server, 'Application.Read.All') })
  }
  const application = read.value

  const matches: Matched[] = []
  for (const credential of credentials) {
    const hint = await hintOf(deps, server, credential)
    matches.push({ credential, outcome: matchOf(credential, hint, application.credentials) })
  }
  const stored = withoutDuplicates(matches)
  const matchedIds = new Set<string>()
  for (const { credential, outcome } of stored) {
    if (outcome.kind !== 'found') continue
    const { keyId, endsAt } = outcome.credential
    matchedIds.add(keyId)
    const isNews = credential.keyId !== keyId || credential.foundExpiresAt?.getTime() !== endsAt?.getTime()
    const details = { keyId, by: outcome.by, expiresAt: endsAt?.toISOString() ?? null }
    await saveDirectoryFacts(deps, credential.id, outcome.credential, {
      ...(credential.kind === 'certificate' && { applicationObjectId: application.objectId }),
      audit: isNews ? auditEntry('credential.found', caller, `credential:${credential.id}`, details) : null,
    })
  }
  return ok({
    stored: stored.map(({ credential, outcome }) => ({ credentialId: credential.id, outcome })),
    unmatched: application.credentials.filter(({ keyId }) => !matchedIds.has(keyId)),
  })
}

/** The first characters of a stored secret, opened for a comparison only: they are never stored from here. */
export async function hintOf({ vault }: CredentialsDeps, server: EntraServer, credential: StoredCredential) {
  if (credential.kind !== 'client-secret') return null
  const opened = await openCredential(credential, server.destination, vault)
  return opened.ok && opened.value.kind === 'client-secret' ? opened.value.secret.reveal().slice(0, HINT_CHARS) : null
}

/** Two stored credentials cannot be the same one at Microsoft. Where two guesses collide, neither is used. */
function withoutDuplicates(stored: readonly Matched[]): Matched[] {
  const counts = new Map<string, number>()
  for (const { outcome } of stored)
    if (outcome.kind === 'found') counts.set(outcome.credential.keyId, (counts.get(outcome.credential.keyId) ?? 0) + 1)
  return stored.map(({ credential, outcome }) => {
    const isGuess = outcome.kind === 'found' && (outcome.by === 'hint' || outcome.by === 'dates')
    if (!isGuess || counts.get(outcome.credential.keyId) === 1) return { credential, outcome }
    return { credential, outcome: { kind: 'ambiguous' } }
  })
}

/** Which of an application's secrets and certificates at Microsoft a stored one is. */
type Match =
  | { kind: 'found'; by: 'key-id' | 'thumbprint' | 'hint' | 'dates'; credential: DirectoryCredential }
  /** Several would fit and nothing decides between them, so nothing is assumed. */
  | { kind: 'ambiguous' | 'absent' }

type Matched = { credential: StoredCredential; outcome: Match }

export type Matchable = Pick<
  StoredCredential,
  'kind' | 'keyId' | 'thumbprint' | 'certificate' | 'expiresAt' | 'createdAt'
>

/** @param hint first three characters of the stored secret, opened for this comparison only; null if it cannot be opened */
export function matchOf(stored: Matchable, hint: string | null, candidates: readonly DirectoryCredential[]): Match {
  const byId = stored.keyId === null ? undefined : candidates.find(({ keyId }) => keyId === stored.keyId)
  if (byId) return { kind: 'found', by: 'key-id', credential: byId }
  if (stored.kind === 'certificate') return byThumbprint(stored, candidates)
  return stored.kind === 'client-secret' ? secretOf(stored, hint, candidates) : { kind: 'absent' }
}

function byThumbprint({ thumbprint, certificate }: Matchable, candidates: readonly DirectoryCredential[]): Match {
  const thumbprints = [thumbprint, certificate === null ? null : sha1Of(certificate)]
  const match = candidates.find(
    (candidate) => candidate.thumbprint !== null && thumbprints.includes(candidate.thumbprint.toUpperCase()),
  )
  return match ? { kind: 'found', by: 'thumbprint', credential: match } : { kind: 'absent' }
}

/** Graph reports the older digest if it does not return the key. */
const sha1Of = (certificate: string): string | null =>
  certificateOf(certificate)?.fingerprint.replaceAll(':', '') ?? null

/** Two secrets may share three characters by chance or by habit, so dates must agree where the hint does not decide. */
function secretOf(stored: Matchable, hint: string | null, all: readonly DirectoryCredential[]): Match {
  const secrets = all.filter((candidate) => candidate.kind === 'secret' && couldBe(stored, candidate))
  const hinted = hint === null ? [] : secrets.filter((candidate) => candidate.hint === hint)
  const [only] = hinted
  if (only && hinted.length === 1) return { kind: 'found', by: 'hint', credential: only }
  // Secrets that were made years ago have no hint at Microsoft.
  const candidates =
    hinted.length > 0 ? hinted : secrets.filter((candidate) => hint === null || candidate.hint === null)
  const onThatDay = candidates.filter((candidate) => isSameDay(candidate.endsAt, stored.expiresAt))
  const [dated] = onThatDay
  if (dated && onThatDay.length === 1) return { kind: 'found', by: 'dates', credential: dated }
  return { kind: candidates.length > 0 ? 'ambiguous' : 'absent' }
}

/** A secret is entered here after it was made there; clocks may differ by a day. */
const couldBe = ({ createdAt }: Matchable, { startsAt }: DirectoryCredential): boolean =>
  startsAt === null || startsAt.getTime() <= createdAt.getTime() + DAY_MS

const isSameDay = (a: Date | null, b: Date | null): boolean => a !== null && b !== null && dayText(a) === dayText(b)
