import type { AuditEventModel } from '../db/generated/models'
import type { KeyUnder } from '../i18n/translations'
import type { Actor, Caller, Origin } from '../kernel'

/** The outcome of an event. `refused` changed nothing. */
export const AUDIT_RESULTS = ['done', 'refused', 'failed'] as const
export type AuditResult = (typeof AUDIT_RESULTS)[number]

/** Every kind of event that writes a row: `<subject>.<event>`. A new one is added with its text, in `messages/en/activity.json`. */
export type AuditAction = KeyUnder<'activity', 'action'>

/** One event: who did what to what, from where, with which result. Written in the transaction of the change, so both exist or neither. */
export interface AuditEntry {
  action: AuditAction
  actor: Actor
  origin: Origin
  result: AuditResult
  /** What it was done to, e.g. `mail-server:<id>`, or null if there is no object. */
  subject: string | null
  /** Small and flat, without secrets: a secret is `changed` with its keyed digest. */
  details: Record<string, string | number | boolean | null>
}

/** The entry of what a caller did to `subject`, e.g. `mail-server:<id>`, which is null if there is no object. */
export const auditEntry = (
  action: AuditAction,
  { actor, origin }: Caller,
  subject: string | null,
  details: AuditEntry['details'] = {},
  result: AuditResult = 'done',
): AuditEntry => ({ action, actor, origin, result, subject, details })

export type AuditRow = Omit<AuditEventModel, 'details'> & Pick<AuditEntry, 'details'>

/** What identifies the newest row. */
export type ChainEnd = Pick<AuditRow, 'sequence' | 'hash' | 'at'>

/** The filters of the Activity page. An absent member does not filter. */
export interface AuditFilter {
  action?: AuditAction
  result?: AuditResult
  /** The beginning of the actor's name, upper or lower case. */
  actor?: string
  /** Inclusive. */
  from?: Date
  /** Exclusive. */
  until?: Date
  /** Any part of the subject, actor, address or request id, upper or lower case. */
  text?: string
  /** Actions that match as well as those with the text, because the reader’s name for them contains it. */
  named?: readonly AuditAction[]
}

/** Where a page begins, by the number of the neighbouring row, so that the thousandth page costs as much as the first. */
export type AuditCursor = { kind: 'newest' } | { kind: 'before' | 'after'; sequence: bigint }

export interface AuditPage {
  /** Newest first. */
  rows: AuditRow[]
  hasNewer: boolean
  hasOlder: boolean
}

export interface AuditVerdict {
  events: number
  intact: boolean
  /** Times of the oldest and the newest event that was read and belongs to the chain, as ISO texts. */
  from: string | null
  to: string | null
  /** Number of the first row that does not continue the chain, or null if all do. */
  firstBroken: number | null
  fault: ChainFault | null
  /** Number of the first row with a keyed hash. From there on a change is impossible without the key. */
  keyedFrom: number | null
  /** The result for the anchor in the data directory, or null if there is none or the check stopped early. */
  anchor: AnchorVerdict | null
}

/**
 * `changed`: the row or a row before it differs from what was written. `key-missing`: its key is not available, so the row cannot be
 * checked. `end-missing`: a row that was once the newest is no longer there.
 */
export type ChainFault = 'changed' | 'key-missing' | 'end-missing'

/** `restored-since`: the anchor belongs to the log that a restore has replaced, so it says nothing about this one. */
export type AnchorVerdict =
  | { state: 'unreadable' }
  | { state: 'matches' | 'restored-since' | 'missing'; sequence: number; at: string }
