import { actorName } from '../kernel'
import type { DerivedKey } from '../kernel/derive-key'
import { CHAIN_START, rowHash } from './chain'
import type { AuditEntry, AuditRow } from './entry'

/** Longest text stored of any value, since a server or a browser may send any length. */
export const AUDIT_TEXT_CHARS_MAX = 512

/** The row for `entry`, which continues the chain. @param last the previous row, or null for the first one */
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

/** Text that PostgreSQL stores unchanged, so that the hash still matches. Control characters are replaced too: terminals show the rows. */
function storable(text: string): string {
  return text.slice(0, AUDIT_TEXT_CHARS_MAX).replace(/[\p{Cc}\p{Cs}]/gu, '\u{FFFD}')
}

/** Numbers that JSON cannot represent become null, as they would in the database. */
function storableDetails(details: AuditEntry['details']): AuditEntry['details'] {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => {
      if (typeof value === 'string') return [storable(key), storable(value)]
      if (typeof value === 'number') return [storable(key), Number.isFinite(value) ? value + 0 : null]
      return [storable(key), value]
    }),
  )
}
