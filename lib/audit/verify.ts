import { CHAIN_START, rowHash } from './chain'
import type { AnchorVerdict, AuditRow, AuditVerdict, ChainEnd, ChainFault } from './entry'

export interface VerifyOptions {
  /** The key with this id, or null if it is not available. */
  keyOf(id: string): Promise<Buffer | null>
  anchor: ChainEnd | 'unreadable' | null
  /** Ends that were recorded elsewhere: in a log line or a backup. */
  ends: readonly Pick<ChainEnd, 'sequence' | 'hash'>[]
}

/** Checks all rows in order and compares them with the ends that were recorded outside the table. */
export async function verifyRows(
  rows: AsyncIterable<AuditRow>,
  { keyOf, anchor, ends }: VerifyOptions,
): Promise<Omit<AuditVerdict, 'events'>> {
  const wanted = new Map<bigint, string | null>(ends.map(({ sequence }) => [sequence, null]))
  if (anchor !== null && anchor !== 'unreadable') wanted.set(anchor.sequence, null)
  let last = { sequence: 0n, hash: CHAIN_START }
  let from: Date | null = null
  let to: Date | null = null
  let keyedFrom: bigint | null = null
  let restoredAt: Date | null = null
  let unchecked: bigint | null = null

  for await (const row of rows) {
    const fault = await faultOf(row)
    if (fault === 'changed') return verdict(row.sequence, fault, null)
    if (fault === 'key-missing') unchecked ??= row.sequence
    last = row
    from ??= row.at
    to = row.at
    if (row.keyId !== null) {
      keyedFrom ??= row.sequence
      if (fault === null && row.action === 'backup.restore' && row.result === 'done') restoredAt = row.at
    }
    if (wanted.has(row.sequence)) wanted.set(row.sequence, row.hash)
  }

  const missing = ends.find(({ sequence, hash }) => wanted.get(sequence) !== hash)
  if (missing) return verdict(firstOf(missing.sequence), 'end-missing', anchorVerdict())
  const anchored = anchorVerdict()
  return anchored?.state === 'missing'
    ? verdict(firstOf(BigInt(anchored.sequence)), 'end-missing', anchored)
    : verdict(unchecked, unchecked === null ? null : 'key-missing', anchored)

  async function faultOf(row: AuditRow): Promise<ChainFault | null> {
    if (row.sequence !== last.sequence + 1n || row.previousHash !== last.hash) return 'changed'
    if (row.keyId === null) return keyedFrom !== null || row.hash !== rowHash(row, null) ? 'changed' : null
    const key = await keyOf(row.keyId)
    if (key === null) return 'key-missing'
    return row.hash === rowHash(row, key) ? null : 'changed'
  }
  function anchorVerdict(): AnchorVerdict | null {
    if (anchor === null) return null
    if (anchor === 'unreadable') return { state: 'unreadable' }
    const details = { sequence: Number(anchor.sequence), at: anchor.at.toISOString() }
    if (wanted.get(anchor.sequence) === anchor.hash) return { state: 'matches', ...details }
    // A restore replaces all rows. Its row cannot be written without a key.
    return { state: restoredAt !== null && restoredAt > anchor.at ? 'restored-since' : 'missing', ...details }
  }
  /** The first row that is certainly missing or different. */
  function firstOf(sequence: bigint): bigint {
    return sequence > last.sequence ? last.sequence + 1n : sequence
  }
  function verdict(broken: bigint | null, fault: ChainFault | null, against: AnchorVerdict | null) {
    return {
      intact: broken === null,
      from: from?.toISOString() ?? null,
      to: to?.toISOString() ?? null,
      firstBroken: broken === null ? null : Number(broken),
      fault,
      keyedFrom: keyedFrom === null ? null : Number(keyedFrom),
      anchor: against,
    }
  }
}
