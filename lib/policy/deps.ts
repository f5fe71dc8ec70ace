import type { AuditLog } from '../audit/store/log'
import type { DbDeps } from '../db/client'
import type { FailingCause } from '../kernel/failing-cause'
import { type Identity, isVerified, type SenderObservation, type Sending, type Servers, sameAddress } from './sender'

/**
 * Whether the mail server will accept a message from this sender, and how that is known.
 *
 * - `verified`, `refused`: the last test or delivery with the current settings was accepted or refused from this sender.
 * - `failing`: the server accepts no mail at present, from any sender.
 * - `expected`, `refusal-expected`: no result yet. Exchange normally accepts the mailbox that logs in and refuses others.
 * - `unknown`: no result yet, and the rules of other servers are not known.
 */
export type Acceptance =
  | ({ kind: 'verified' | 'refused' } & Pick<SenderObservation, 'how' | 'evidenceId' | 'at'>)
  | { kind: 'failing'; cause: FailingCause }
  | { kind: 'expected' | 'refusal-expected' | 'unknown' }

/** What tests and deliveries from the server's configured sender have shown about the current settings. */
interface TestEvidence {
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
  const isServerSender = sameAddress(address, sending.server.senderAddress)
  if (isServerSender && failing) return { kind: 'failing', cause: failing }
  if (isServerSender && verifiedBy)
    return { kind: 'verified', how: 'test', evidenceId: verifiedBy.testId, at: verifiedBy.at }
  if (isServerSender && deliveredBy)
    return { kind: 'verified', how: 'delivery', evidenceId: deliveredBy.messageId, at: deliveredBy.at }
  if (sending.server.type === 'smtp') return { kind: 'unknown' }
  const lastResult = isServerSender ? null : (sending.senders.get(address.toLowerCase())?.lastResult ?? null)
  if (lastResult) {
    const { outcome, how, evidenceId, at } = lastResult
    return { kind: outcome === 'accepted' ? 'verified' : 'refused', how, evidenceId, at }
  }
  return { kind: isVerified(sending, address) ? 'expected' : 'refusal-expected' }
}

export interface PolicyDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
  mailServers: RuleServers
}

/** What rules need to know about the mail servers, whose module is built on this one. */
export interface RuleServers {
  /** Every mail server that a rule may name, the default one first. */
  list(): Promise<RuleServer[]>
  /** @param id null for the default mail server */
  evidence(id: string | null): Promise<TestEvidence>
}

export interface RuleServer {
  id: string
  name: string
  isDefault: boolean
  /** Null if nothing is saved, or if the settings cannot be read. */
  sending: Sending | null
  /** Its failover server while that delivers for it, or null. */
  failoverId: string | null
}

/** The mail server with this id, or the default one for null. */
export const serverWith = (servers: readonly RuleServer[], id: string | null): RuleServer | null =>
  servers.find((server) => (id === null ? server.isDefault : server.id === id)) ?? null

export const sendingBy =
  (servers: readonly RuleServer[]): Servers =>
  (id) =>
    serverWith(servers, id)?.sending ?? null
