import { chainKeysOf, type Db, QUEUED, type Tx } from '../../db/client'
import { CHAIN_LOCK } from '../../db/locks'
import type { Clock } from '../../kernel/clock'
import type { Vault } from '../../kernel/sealing'
import { anchorFile } from '../anchor'
import type { AuditEntry } from '../entry'
import type { AuditLog, AuditRow } from '../log'
import { nextRow } from '../row'
import { verifyRows } from '../verify'
import { keyFinder } from './keys'
import { auditRow, readAuditPage } from './page'

/** Rows fetched at a time while verifying: a few hundred kilobytes, whatever the table's size. */
const VERIFY_BATCH_ROWS = 2_000

/**
 * Writes the row in the caller's transaction, so the event and its row exist together or not at all (R-14, U-04). Writers
 * queue here until the one before them has committed: call it last in the transaction, and keep it at READ COMMITTED,
 * PostgreSQL's default, under which the row just committed is seen.
 */
export async function appendAudit(tx: Tx, entry: AuditEntry, now: Date): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`
  const last = await tx.auditEvent.findFirst({
    orderBy: { sequence: 'desc' },
    select: { sequence: true, hash: true },
  })
  await tx.auditEvent.create({ data: nextRow(entry, now, last, chainKeysOf(tx).current), select: { sequence: true } })
}

/** How `verify` learns of what is not in the table. Without it only the client's own keys count. */
export interface VerifyAids {
  vault?: Vault
  /** Where the end of the record is kept. */
  dataDir?: string
}

export function createAuditLog(db: Db, clock: Clock, { vault, dataDir }: VerifyAids = {}): AuditLog {
  return {
    record: (entry) => db.$transaction((tx) => appendAudit(tx, entry, clock.now()), QUEUED),
    read: (filter, cursor) => readAuditPage(db, filter, cursor),
    async verify(ends = []) {
      // Before the walk: an end that is written while it lasts would be ahead of what it saw.
      const anchor = dataDir === undefined ? null : anchorFile(dataDir, chainKeysOf(db)).read()
      const verdict = await verifyRows(allRows(db), { keyOf: keyFinder(db, vault), anchor, ends })
      return { events: await db.auditEvent.count(), ...verdict }
    },
  }
}

/** Rows that arrive during the walk are included. */
async function* allRows(db: Db): AsyncGenerator<AuditRow> {
  for (let after = -1n; ; ) {
    const batch = await db.auditEvent.findMany({
      where: { sequence: { gt: after } },
      orderBy: { sequence: 'asc' },
      take: VERIFY_BATCH_ROWS,
    })
    const last = batch.at(-1)
    if (!last) return
    yield* batch.map(auditRow)
    after = last.sequence
  }
}
