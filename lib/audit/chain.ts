import { createHash, createHmac } from 'node:crypto'
import { actorName } from '../kernel'
import type { DerivedKey } from '../kernel/derive-key'
import type { AuditEntry, AuditRow } from './entry'

/** The previous hash of the first row. */
export const CHAIN_START = '0'.repeat(64)

/**
 * The hash that chains a row. It covers the row's canonical text, which begins with the hash of the previous row, so a changed, removed,
 * inserted or reordered row breaks the chain at this row or the next one. It is keyed, so write access to the database is not enough to
 * repair the rest of the chain.
 *
 * @param key null for rows from before the hashes were keyed, whose `keyId` is null
 * @returns 64 hexadecimal digits
 */
export function rowHash(row: Omit<AuditRow, 'hash'>, key: Buffer | null): string {
  const digest = key === null ? createHash('sha256') : createHmac('sha256', key)
  return digest.update(canonicalText(row)).digest('hex')
}

/** One line. It is unambiguous because it is the JSON of an array with fixed positions. Details are sorted: the database does not keep their order. */
function canonicalText(row: Omit<AuditRow, 'hash'>): string {
  const details = Object.entries(row.details).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    row.previousHash,
    row.sequence.toString(),
    row.at.toISOString(),
    row.action,
    row.actorKind,
    row.actorId,
    row.actorName,
    row.address,
    row.requestId,
    row.result,
    row.subject,
    details,
    ...(row.keyId === null ? [] : [row.keyId]),
  ])
}

/** Longest text stored of any value, since a server or a browser may send any length. */
export const AUDIT_TEXT_CHARS_MAX = 512

/** The row for `entry`, which continues the chain from `last`, the previous row; that is null for the first one. */
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
 * Text that PostgreSQL stores unchanged, so that the hash still matches: it accepts neither NUL nor half a surrogate pair. Other control
 * characters are replaced too, because rows are read in terminals.
 */
const storable = (text: string): string => text.slice(0, AUDIT_TEXT_CHARS_MAX).replace(/[\p{Cc}\p{Cs}]/gu, '\u{FFFD}')

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
