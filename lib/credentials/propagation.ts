import type { DiagnosisCode } from '../kernel/diagnosis-code'
import type { Credential } from './credential'

/** A new secret or certificate is known to all of Entra within seconds to minutes. */
export const PROPAGATION_MS = 5 * 60 * 1000
/** The clock's last try comes at the end of that time, and its answer a little later. */
const LAST_TRY_MS = 60 * 1000

/** What Entra says of a credential that it does not know yet; of one made a while ago it means what it says. */
const NOT_KNOWN_YET: readonly DiagnosisCode[] = [
  'secret-invalid',
  'certificate-rejected',
  'federated-credential-mismatch',
]

export const isNotKnownYet = (code: string | null): boolean => NOT_KNOWN_YET.some((known) => known === code)

export type PropagationFacts = Pick<Credential, 'kind' | 'slot' | 'refusedAt' | 'refusedCode' | 'createdAt' | 'foundAt'>

/** Until when "not known" means "not known yet". A certificate is made here, and begins when Microsoft has it. */
export function propagatesUntil({
  kind,
  createdAt,
  foundAt,
}: Pick<Credential, 'kind' | 'createdAt' | 'foundAt'>): Date {
  const since = kind === 'certificate' ? (foundAt ?? createdAt) : createdAt
  return new Date(since.getTime() + PROPAGATION_MS)
}

/**
 * Whether Entra's refusal of a prepared credential says nothing yet. It is not counted as evidence then: no reminder, no red
 * word. A refusal after the first minutes counts, and so does silence after them: nobody asked again.
 */
export function isPropagating(facts: PropagationFacts, now: Date): boolean {
  const { slot, refusedAt, refusedCode } = facts
  const untilMs = propagatesUntil(facts).getTime()
  return (
    slot === 'next' &&
    refusedAt !== null &&
    isNotKnownYet(refusedCode) &&
    refusedAt.getTime() < untilMs &&
    now.getTime() < untilMs + LAST_TRY_MS
  )
}
