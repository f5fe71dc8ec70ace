import { actorName } from '../kernel/actor'
import type { DerivedKey } from '../kernel/derive-key'
import { CHAIN_START, rowHash } from './chain'
import type { AuditEntry } from './entry'
import type { AuditRow } from './log'

/** Longest text kept of any one value: what a peer or a browser sent may be of any size (S-14). */
export const AUDIT_TEXT_CHARS_MAX = 512

/**
 * The row for `entry`, which continues the chain.
 *
 * @param last the row before it, or null for the first one.
 */
export function nextRow(
  entry: AuditEntry,
  now: Date,
  last: Pick<AuditRow, 'sequence' | 'hash'> | null,
  { id, key }: DerivedKey,
): AuditRow {
  const { action, actor, origin, result, subject, details } = entry
  const row = {
    sequence: (last?.sequence ?? 0n) + 1n,
    at: now,
    action,
    actorKind: actor.kind,
    actorId: actor.kind === 'operator' ? actor.id : null,
    actorName: storable(actorName(actor)),
    address: origin.address === null ? null : storable(origin.address),
    requestId: storable(origin.requestId),
    result,
    subject: subject === null ? null : storable(subject),
    details: storableDetails(details),
    previousHash: last?.hash ?? CHAIN_START,
    keyId: id,
  }
  return { ...row, hash: rowHash(row, key) }
}

/**
 * Text that PostgreSQL stores and gives back unchanged, so that the hash still fits: it takes no NUL and no half of a
 * surrogate pair. Other control characters go too, since the row is read in terminals (S-14).
 */
function storable(text: string): string {
  return text.slice(0, AUDIT_TEXT_CHARS_MAX).replace(/[\p{Cc}\p{Cs}]/gu, '\u{FFFD}')
}

/** Numbers that JSON cannot carry become null, as they would on their way through the database. */
function storableDetails(details: AuditEntry['details']): AuditEntry['details'] {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => {
      if (typeof value === 'string') return [storable(key), storable(value)]
      if (typeof value === 'number') return [storable(key), Number.isFinite(value) ? value + 0 : null]
      return [storable(key), value]
    }),
  )
}
