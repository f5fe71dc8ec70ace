import type { AuditAction, AuditEntry, AuditResult } from './entry'

/** One event as it is stored and read back. */
export interface AuditRow {
  /** From 1, without gaps; the chain's order. */
  sequence: bigint
  at: Date
  action: string
  actorKind: string
  actorId: string | null
  actorName: string
  address: string | null
  requestId: string
  result: string
  subject: string | null
  details: AuditEntry['details']
  previousHash: string
  hash: string
}

/** What the Activity page can ask for; an absent member asks for everything. */
export interface AuditFilter {
  action?: AuditAction
  result?: AuditResult
  /** The beginning of the actor's name, in any case of letters. */
  actor?: string
  /** Inclusive. */
  from?: Date
  /** Exclusive. */
  until?: Date
  /** Any part of the subject, actor, address or request id, in any case of letters. */
  text?: string
}

/** Where a page begins, by the number of a row beside it, so the thousandth page costs what the first does. */
export type AuditCursor =
  | { kind: 'newest' }
  | { kind: 'before'; sequence: bigint }
  | { kind: 'after'; sequence: bigint }

export interface AuditPage {
  /** Newest first. */
  rows: AuditRow[]
  hasNewer: boolean
  hasOlder: boolean
}

export interface AuditVerdict {
  events: number
  intact: boolean
  /** Number of the first row that does not continue the chain; null when all do. */
  firstBroken: number | null
}

export interface AuditLog {
  /** In a transaction of its own: for what changes nothing else, such as a refusal. Throws when the row cannot be written (U-04). */
  record(entry: AuditEntry): Promise<void>
  read(filter: AuditFilter, cursor: AuditCursor): Promise<AuditPage>
  verify(): Promise<AuditVerdict>
}
