import { X509Certificate } from 'node:crypto'
import type { DirectoryCredential } from '../../entra/contracts'
import { dayText } from '../../kernel/calendar-days'
import { DAY_MS } from '../../kernel/time'
import type { StoredCredential } from '../store/credentials'

/** Which of an application's secrets and certificates at Microsoft a stored one is. */
export type Match =
  | { kind: 'found'; by: 'key-id' | 'thumbprint' | 'hint' | 'dates'; match: DirectoryCredential }
  /** Several would fit and nothing decides between them, so nothing is assumed. */
  | { kind: 'ambiguous' | 'absent' }

export type Matchable = Pick<
  StoredCredential,
  'kind' | 'keyId' | 'thumbprint' | 'certificate' | 'expiresAt' | 'createdAt'
>

/** @param hint first three characters of the stored secret, opened for this comparison only; null if it cannot be opened */
export function matchOf(stored: Matchable, hint: string | null, candidates: readonly DirectoryCredential[]): Match {
  const byId = stored.keyId === null ? undefined : candidates.find(({ keyId }) => keyId === stored.keyId)
  if (byId) return { kind: 'found', by: 'key-id', match: byId }
  if (stored.kind === 'certificate') return byThumbprint(stored, candidates)
  return stored.kind === 'client-secret' ? secretOf(stored, hint, candidates) : { kind: 'absent' }
}

function byThumbprint({ thumbprint, certificate }: Matchable, candidates: readonly DirectoryCredential[]): Match {
  const own = [thumbprint, certificate === null ? null : sha1Of(certificate)]
  const match = candidates.find(
    (candidate) => candidate.thumbprint !== null && own.includes(candidate.thumbprint.toUpperCase()),
  )
  return match ? { kind: 'found', by: 'thumbprint', match } : { kind: 'absent' }
}

/** Graph reports the older digest if it does not return the key. */
function sha1Of(certificate: string): string | null {
  try {
    return new X509Certificate(certificate).fingerprint.replaceAll(':', '')
  } catch {
    return null
  }
}

/** Two secrets may share three characters by chance or by habit, so dates must agree where the hint does not decide. */
function secretOf(stored: Matchable, hint: string | null, all: readonly DirectoryCredential[]): Match {
  const secrets = all.filter((candidate) => candidate.kind === 'secret' && couldBe(stored, candidate))
  const hinted = hint === null ? [] : secrets.filter((candidate) => candidate.hint === hint)
  const [only] = hinted
  if (only && hinted.length === 1) return { kind: 'found', by: 'hint', match: only }
  // Secrets that were made years ago have no hint at Microsoft.
  const candidates =
    hinted.length > 0 ? hinted : secrets.filter((candidate) => hint === null || candidate.hint === null)
  const onThatDay = candidates.filter((candidate) => isSameDay(candidate.endsAt, stored.expiresAt))
  const [dated] = onThatDay
  if (dated && onThatDay.length === 1) return { kind: 'found', by: 'dates', match: dated }
  return { kind: candidates.length > 0 ? 'ambiguous' : 'absent' }
}

/** A secret is entered here after it was made there; clocks may differ by a day. */
const couldBe = ({ createdAt }: Matchable, { startsAt }: DirectoryCredential): boolean =>
  startsAt === null || startsAt.getTime() <= createdAt.getTime() + DAY_MS

const isSameDay = (a: Date | null, b: Date | null): boolean => a !== null && b !== null && dayText(a) === dayText(b)
