import { type Identity, isProven, type Sending, sameAddress } from './sender'

/**
 * Whether the server will take a mail from this sender, and how that is known. `proven`: the newest test of the settings in use
 * was accepted from this very sender. `failing`: that test failed. Without a test it is what Exchange does as a rule: it takes
 * the mailbox that logs in and refuses others. What another server takes is its own affair.
 */
export type Acceptance =
  | { kind: 'proven'; testId: string; at: Date }
  | { kind: 'failing' }
  | { kind: 'expected' }
  | { kind: 'refusal-expected' }
  | { kind: 'unknown' }

/** What tests told of the settings in use; a test sends as the server's own sender. */
export interface TestEvidence {
  provenBy: { testId: string; at: Date } | null
  failing: boolean
}

export function acceptanceOf(identity: Identity, sending: Sending, { provenBy, failing }: TestEvidence): Acceptance {
  const address = identity.from.address
  const tested = sameAddress(address, sending.server.senderAddress)
  if (tested && failing) return { kind: 'failing' }
  if (tested && provenBy) return { kind: 'proven', ...provenBy }
  if (sending.server.type === 'smtp') return { kind: 'unknown' }
  return { kind: isProven(sending, address) ? 'expected' : 'refusal-expected' }
}
