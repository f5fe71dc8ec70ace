import { isDeepStrictEqual } from 'node:util'
import { chainKeysOf, type Db, type Tx } from '../../db'
import { CHAIN_LOCK } from '../../db/locks'
import { type Clock, fail, type Result, type Vault } from '../../kernel'
import { anchorFile } from '../anchor'
import { nextRow } from '../chain'
import type { AuditCursor, AuditEntry, AuditFilter, AuditPage, AuditRow, AuditVerdict, ChainEnd } from '../entry'
import { verifyRows } from '../verify'
import { keyFinder } from './keys'
import { auditPages, auditRow, readAuditPage } from './page'

/** Rows fetched at a time by `verify`: a few hundred kilobytes, independent of the size of the table. */
const VERIFY_BATCH_ROWS = 2_000

/**
 * Writes the row in the caller's transaction, so that the event and its row exist together or not at all. Writers wait here until the
 * previous one has committed. Call it last in the transaction, and use READ COMMITTED, PostgreSQL's default, under which the row just
 * committed is visible.
 */
export const appendAudit = (tx: Tx, entry: AuditEntry, now: Date): Promise<void> => appendAudits(tx, [entry], now)

/** As above, for several rows: as many statements as for one, because other writers wait for them and a transaction has ten seconds. */
export async function appendAudits(tx: Tx, entries: readonly AuditEntry[], now: Date): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`
  let [last = null] = await tx.$queryRaw<Pick<AuditRow, 'sequence' | 'hash'>[]>`
    SELECT "sequence", "hash" FROM "AuditEvent" ORDER BY "sequence" DESC LIMIT 1`
  const { current } = chainKeysOf(tx)
  const rows = entries.map((entry) => {
    last = nextRow(entry, now, last, current)
    return { ...last, sequence: `${last.sequence}` }
  })
  await tx.$executeRaw`
    INSERT INTO "AuditEvent" SELECT * FROM jsonb_populate_recordset(NULL::"AuditEvent", ${JSON.stringify(rows)}::jsonb)`
}

/** The values that a change stores, and what is stored now; null if it is gone. */
export interface Wanted {
  read(tx: Tx): Promise<object | null>
  values: object
}

/**
 * A change and its audit entry, in one transaction.
 *
 * @param wanted what a change stores that is based on what a person saw. If it is stored already, also by an equal change of this moment,
 * nothing is written. If there is nothing to change because someone else saved, that is recorded (docs/decisions/0007).
 * @returns false if there was nothing to change; then there is no other entry
 */
export const audited = ({ db, clock }: { db: Db; clock: Pick<Clock, 'now'> }, ...change: Change): Promise<boolean> =>
  db.$transaction((tx) => auditedIn(tx, clock, ...change))

type Change = [entry: AuditEntry, change: (tx: Tx, at: Date) => Promise<{ count: number }>, wanted?: Wanted]

/** As `audited`, in a transaction that changes more. */
export async function auditedIn(tx: Tx, clock: Pick<Clock, 'now'>, ...[entry, change, wanted]: Change) {
  const isStored = async () => {
    const stored = (await wanted?.read(tx)) ?? null
    return stored !== null && isDeepStrictEqual({ ...stored, ...wanted?.values }, { ...stored })
  }
  if (await isStored()) return true
  const at = clock.now()
  const { count } = await change(tx, at)
  if (count > 0) await appendAudit(tx, entry, at)
  else if (await isStored()) return true
  else if (wanted) await appendAudit(tx, refusalOf(entry, 'changed'), at)
  return count > 0
}

const refusalOf = (entry: AuditEntry, reason: string): AuditEntry => ({
  ...entry,
  result: 'refused',
  details: { reason, ...entry.details },
})

/** Records that something was refused, and returns why. */
export async function refuse<Fault extends { kind: string }>(
  { audit }: { audit: Pick<AuditLog, 'record'> },
  entry: AuditEntry,
  fault: Fault,
): Promise<Result<never, Fault>> {
  await audit.record(refusalOf(entry, fault.kind))
  return fail(fault)
}

/** What `verify` needs in addition to the table. Without it only the keys of the client are known. */
export interface VerifyAids {
  vault?: Vault
  dataDir?: string
}

export type AuditLog = ReturnType<typeof createAuditLog>

export function createAuditLog(db: Db, clock: Clock, { vault, dataDir }: VerifyAids = {}) {
  return {
    /** Writes a row in a separate transaction, for an event that changes nothing else, such as a refusal. Throws if it cannot be written. */
    record: (entry: AuditEntry): Promise<void> => db.$transaction((tx) => appendAudit(tx, entry, clock.now())),
    read: (filter: AuditFilter, cursor: AuditCursor): Promise<AuditPage> => readAuditPage(db, filter, cursor),
    pages: (filter: AuditFilter) => auditPages(db, filter),
    /** @param ends ends that were recorded elsewhere and must still be in the log */
    async verify(ends: readonly Pick<ChainEnd, 'sequence' | 'hash'>[] = []): Promise<AuditVerdict> {
      // The anchor is read first, because one that is written during the check could be newer than the rows that were read.
      const anchor = dataDir === undefined ? null : anchorFile(dataDir, chainKeysOf(db)).read()
      const verdict = await verifyRows(allRows(db), { keyOf: keyFinder(db, vault), anchor, ends })
      return { events: await db.auditEvent.count(), ...verdict }
    },
  }
}

/** All rows in order, including those that are written during the check. */
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
