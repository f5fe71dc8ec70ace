import { createHash, createHmac } from 'node:crypto'
import type { AuditRow } from './entry'

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
