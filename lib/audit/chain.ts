import { createHash, createHmac } from 'node:crypto'
import type { AuditRow } from './log'

/** What the first row names as the hash before it. */
export const CHAIN_START = '0'.repeat(64)

/**
 * The hash that chains a row. It covers the row's canonical text, which begins with the hash of the row before it, so a changed,
 * removed, inserted or reordered row breaks the chain at itself or right after it (U-02). It is keyed, so whoever may write in the
 * database cannot make the rest of the chain fit again.
 *
 * @param key null for rows from before the record was keyed, whose `keyId` is null.
 * @returns 64 hexadecimal digits.
 */
export function rowHash(row: Omit<AuditRow, 'hash'>, key: Buffer | null): string {
  const digest = key === null ? createHash('sha256') : createHmac('sha256', key)
  return digest.update(canonicalText(row)).digest('hex')
}

/** One line, unambiguous because it is JSON of a fixed array; details by key, as the database does not keep their order. */
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
