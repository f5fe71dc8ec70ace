import type { FailingCause } from '../kernel/failing-cause'
import { type Identity, isVerified, type SenderObservation, type Sending, sameAddress } from './sender'

/**
 * Whether the server will take a mail from this sender, and how that is known. `proven`: a test of the settings in use, or
 * a delivery under them, was accepted from this very sender, or the newest word on it was yes. `refused`: no. `failing`: no mail gets
 * through the server at present, from this sender or another one. Without any it is what Exchange does as a rule: it takes the mailbox that logs in and refuses others. What another server takes is its own affair.
 */
export type Acceptance =
  | { kind: 'verified'; how: SenderObservation['how']; evidenceId: string; at: Date }
  | { kind: 'failing'; cause: FailingCause }
  | { kind: 'refused'; how: SenderObservation['how']; evidenceId: string; at: Date }
  | { kind: 'expected' }
  | { kind: 'refusal-expected' }
  | { kind: 'unknown' }

/** What tests and deliveries as the server's own sender showed of the settings in use. */
export interface TestEvidence {
  verifiedBy: { testId: string; at: Date } | null
  deliveredBy: { messageId: string; at: Date } | null
  /** Why mail through the server is failing; null if it is not. */
  failing: FailingCause | null
}

export function acceptanceOf(
  identity: Identity,
  sending: Sending,
  { verifiedBy, deliveredBy, failing }: TestEvidence,
): Acceptance {
  const address = identity.from.address
  const tested = sameAddress(address, sending.server.senderAddress)
  if (tested && failing) return { kind: 'failing', cause: failing }
  if (tested && verifiedBy) return { kind: 'verified', how: 'test', evidenceId: verifiedBy.testId, at: verifiedBy.at }
  if (tested && deliveredBy)
    return { kind: 'verified', how: 'delivery', evidenceId: deliveredBy.messageId, at: deliveredBy.at }
  if (sending.server.type === 'smtp') return { kind: 'unknown' }
  const word = tested ? null : (sending.senders.get(address.toLowerCase())?.word ?? null)
  if (word) {
    const { outcome, how, evidenceId, at } = word
    return { kind: outcome === 'accepted' ? 'verified' : 'refused', how, evidenceId, at }
  }
  return { kind: isVerified(sending, address) ? 'expected' : 'refusal-expected' }
}
