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
  /** Key of the hash; null for rows from before the record was keyed. */
  keyId: string | null
}

/** The newest row, as far as it takes to recognise it. */
export type ChainEnd = Pick<AuditRow, 'sequence' | 'hash' | 'at'>

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
  /** What is wrong with that row. */
  fault: RecordFault | null
  /** Number of the first row whose hash is keyed: from there on nobody without the key can have changed anything. */
  keyedFrom: number | null
  /** The end that the data directory has; null when it has none, or when the walk did not come to an end. */
  anchor: AnchorVerdict | null
}

/**
 * `changed`: the row, or rows before it, are not what was written. `key-missing`: it is under a key that is not here, so nobody can
 * tell. `end-missing`: it was the end once, and is not there any more.
 */
export type RecordFault = 'changed' | 'key-missing' | 'end-missing'

/** `restored-since`: the anchor is of the record that a restore replaced, so it proves nothing about this one. */
export type AnchorVerdict =
  | { state: 'unreadable' }
  | { state: 'matches' | 'restored-since' | 'missing'; sequence: number; at: string }

export interface AuditLog {
  /** In a transaction of its own: for what changes nothing else, such as a refusal. Throws when the row cannot be written (U-04). */
  record(entry: AuditEntry): Promise<void>
  read(filter: AuditFilter, cursor: AuditCursor): Promise<AuditPage>
  /** @param ends that somebody kept elsewhere, which must still be in the record. */
  verify(ends?: readonly Pick<ChainEnd, 'sequence' | 'hash'>[]): Promise<AuditVerdict>
}
