import type { AuditLog } from '../audit'
import type { DbDeps } from '../db'
import type { FailingCause } from '../kernel'
import type { Sending, ServerLookup } from './sender'

/** What tests and deliveries from the server's configured sender have shown about the current settings. */
export interface TestEvidence {
  verifiedBy: { testId: string; at: Date } | null
  deliveredBy: { messageId: string; at: Date } | null
  /** Why mail through the server is failing; null if it is not. */
  failing: FailingCause | null
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
  (servers: readonly RuleServer[]): ServerLookup =>
  (id) =>
    serverWith(servers, id)?.sending ?? null
