import { createHash } from 'node:crypto'
import type { AuditRow } from './log'

/** What the first row names as the hash before it. */
export const CHAIN_START = '0'.repeat(64)

/**
 * The hash that chains a row: SHA-256 over its canonical text, which begins with the hash of the row before it. A changed,
 * removed, inserted or reordered row therefore breaks the chain at itself or right after it (U-02).
 *
 * @returns 64 hexadecimal digits.
 */
export function rowHash(row: Omit<AuditRow, 'hash'>): string {
  return createHash('sha256').update(canonicalText(row)).digest('hex')
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
  ])
}

/** Where a walk along the chain stands: how many rows it saw, and what the next row has to name. */
export interface ChainWalk {
  events: number
  previousHash: string
}

export const beginWalk = (): ChainWalk => ({ events: 0, previousHash: CHAIN_START })

/** Whether the row continues the walk unharmed: the next number, the right predecessor, its own hash. */
export function continuesChain(walk: ChainWalk, row: AuditRow): boolean {
  return row.sequence === BigInt(walk.events + 1) && row.previousHash === walk.previousHash && row.hash === rowHash(row)
}
