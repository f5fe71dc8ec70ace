import { type DiagnosisCode, type ExpiringKind, MINUTE_MS } from '../kernel'
import type { Credential } from './store/credentials'

/** All of Entra knows a new secret or certificate within seconds to minutes. */
export const PROPAGATION_MS = 5 * MINUTE_MS
/** The worker's last attempt is made at the end of that time, and its answer comes a little later. */
const LAST_ATTEMPT_MS = MINUTE_MS

/** What Entra answers for a credential that it does not know yet. For an older credential the same answers are final. */
const NOT_KNOWN_YET: readonly DiagnosisCode[] = [
  'secret-invalid',
  'certificate-rejected',
  'federated-credential-mismatch',
]

export const isNotKnownYet = (code: string | null): boolean => NOT_KNOWN_YET.some((known) => known === code)

export interface PropagationFacts
  extends Pick<Credential, 'slot' | 'refusedAt' | 'refusedCode' | 'createdAt' | 'foundAt'> {
  kind: ExpiringKind
}

/** Until when "not known" means "not known yet". For a certificate, which is made here, the time starts when Microsoft has it. */
export function propagatesUntil(credential: Pick<PropagationFacts, 'kind' | 'createdAt' | 'foundAt'>): Date {
  const { kind, createdAt, foundAt } = credential
  const since = kind === 'certificate' ? (foundAt ?? createdAt) : createdAt
  return new Date(since.getTime() + PROPAGATION_MS)
}

/**
 * Whether Entra's refusal of a prepared credential says nothing yet. Then it is not counted as evidence: no reminder is sent and
 * the page does not show it as refused. A refusal after the first minutes counts, and so does one that was never repeated.
 */
export function isPropagating(facts: PropagationFacts, now: Date): boolean {
  const { slot, refusedAt, refusedCode } = facts
  const untilMs = propagatesUntil(facts).getTime()
  return (
    slot === 'next' &&
    refusedAt !== null &&
    isNotKnownYet(refusedCode) &&
    refusedAt.getTime() < untilMs &&
    now.getTime() < untilMs + LAST_ATTEMPT_MS
  )
}

/** Entra rejected the credential itself, so another one may work. Any other fault would affect that one too, or must not be bypassed. */
const REFUSALS: readonly string[] = [
  'secret-invalid',
  'secret-expired',
  'certificate-rejected',
  'assertion-mismatch',
  'federated-credential-mismatch',
] satisfies DiagnosisCode[]

export const isCredentialRefusal = (code: string): boolean => REFUSALS.includes(code)
