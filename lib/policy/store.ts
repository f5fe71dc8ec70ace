import { type AuditEntry, appendAudit } from '../audit'
import { type Db, inOneStep, read, rollBack, type Tx } from '../db'
import type { PolicyRevisionModel } from '../db/generated/models'
import { SERVERS_LOCK } from '../db/locks'
import { DAY_MS, idsFrom, type Result } from '../kernel'
import type { PolicyFields } from './draft'
import { fieldsOf, parsePolicy } from './fields'
import { NO_RULES, type PolicyRules, policyRules, serversNamed } from './rules'

/**
 * Reads the JSON column strictly, because it may have been edited by hand, damaged, or written by another version. It must have
 * exactly the form that a save writes.
 *
 * @returns null if it cannot be read; then the rules allow nothing
 */
export function storedRules(json: unknown): PolicyRules | null {
  const candidate = policyRules.safeParse(json).data
  if (!candidate) return null
  const fields: PolicyFields = fieldsOf(candidate)
  const parsed = parsePolicy(fields)
  return parsed.ok && JSON.stringify(fieldsOf(parsed.value)) === JSON.stringify(fields) ? parsed.value : null
}

/** One saved revision of the rules. It never changes. `number` counts saves; a save names the revision it is based on. */
export interface StoredRules extends Omit<PolicyRevisionModel, 'rules'> {
  /** Null if the stored value cannot be read. */
  rules: PolicyRules | null
}

/** One save: the rules and their audit entry are written together or not at all. */
interface RulesWrite {
  /** The revision that the change is based on; 0 if nothing was saved yet. */
  basedOn: number
  rules: PolicyRules
  savedBy: string
  /** The earlier revision that has these rules, if it is restored. */
  restored?: number | null
  audit: AuditEntry
}

/** The newest revision. Null if none was saved yet, and then NO_RULES applies. */
export async function loadRules(db: Db | Tx): Promise<StoredRules | null> {
  const [row] = await read(db)<RevisionRow>`/* prepared: policy */
    SELECT "number", "rules", "savedBy", "savedAt", "restored" FROM "PolicyRevision" ORDER BY "number" DESC LIMIT 1`
  return row ? storedOf(row) : null
}

export async function newestRevision(db: Db): Promise<number> {
  const { _max } = await db.policyRevision.aggregate({ _max: { number: true } })
  return _max.number ?? 0
}

export async function loadRevision(db: Db, number: number): Promise<StoredRules | null> {
  const row = await db.policyRevision.findUnique({ where: { number } })
  return row && storedOf(row)
}

export type ListedRevision = Awaited<ReturnType<typeof listRevisions>>['rows'][number]
/** Newest first, each with the rules before it, which are null if they cannot be read. */
export async function listRevisions(db: Db, { page, size }: { page: number; size: number }) {
  const [rows, total] = await Promise.all([
    db.policyRevision.findMany({ orderBy: { number: 'desc' }, skip: (page - 1) * size, take: size + 1 }),
    db.policyRevision.count(),
  ])
  const stored = rows.map(storedOf)
  const rulesBefore = (at: number) => (stored[at + 1] ?? { rules: NO_RULES }).rules
  return { rows: stored.slice(0, size).map((row, at) => ({ ...row, before: rulesBefore(at) })), total }
}

/** Writes the next revision. Nothing is written if another save came first, or if a rule names a removed mail server. */
export const writeRevision = (
  db: Db,
  write: RulesWrite,
  now: Date,
): Promise<Result<{ number: number }, 'rules-changed' | 'server-gone'>> =>
  inOneStep(db, async (tx) => {
    await requireServers(tx, write.rules)
    await writeRules(tx, write, now)
    await appendAudit(tx, write.audit, now)
    return { number: write.basedOn + 1 }
  })

/** Keeps every mail server that a rule names from being removed until this transaction has ended. */
async function requireServers(tx: Tx, rules: PolicyRules): Promise<void> {
  const ids = serversNamed(rules)
  if (ids.length === 0) return
  // A removal takes this lock exclusively: it either waits for us, or we see that the server is gone.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock_shared(${SERVERS_LOCK})`
  const usable = await tx.mailServer.count({ where: { id: { in: ids }, removedAt: null } })
  if (usable < ids.length) rollBack('server-gone')
}

/**
 * The unique revision number is the lock: of any number of saves based on one revision the table lets one through. Numbers have
 * no gaps, so the revision before must exist. Refuses the transaction with `rules-changed` if `basedOn` is not the newest revision.
 */
export async function writeRules(
  tx: Tx,
  { basedOn, rules, savedBy, restored = null }: Omit<RulesWrite, 'audit'>,
  now: Date,
) {
  if (basedOn > 0 && (await tx.policyRevision.count({ where: { number: basedOn } })) === 0) rollBack('rules-changed')
  const { count } = await tx.policyRevision.createMany({
    data: [{ number: basedOn + 1, rules, savedBy, savedAt: now, restored }],
    skipDuplicates: true,
  })
  if (count !== 1) rollBack('rules-changed')
}

type RevisionRow = Omit<StoredRules, 'rules'> & { rules: unknown }

const storedOf = (row: RevisionRow): StoredRules => ({ ...row, rules: storedRules(row.rules) })

/** Recent messages with the same originator and the same recipients. */
export interface RecentMail {
  originator: string
  recipients: string[]
  count: number
}

const MESSAGES_MAX = 5_000
const RECIPIENTS_MAX = 20

/** The messages of the last 24 hours to which rules apply, the most frequent first. Reminders have no originator and are left out. */
export const recentMail = (db: Db, now: Date): Promise<RecentMail[]> => db.$queryRaw`
  SELECT "originator", "recipients", count(*)::int AS "count"
  FROM (
    SELECT m."originator", (
      SELECT array_agg(r."address" ORDER BY r."position") FROM "Recipient" r
      WHERE r."messageId" = m."id" AND r."position" < ${RECIPIENTS_MAX}
    ) AS "recipients"
    FROM "Message" m
    WHERE m."id" >= ${idsFrom(now.getTime() - DAY_MS)}::uuid AND m."originator" IS NOT NULL
    ORDER BY m."id" DESC LIMIT ${MESSAGES_MAX}
  ) AS recent
  WHERE "recipients" IS NOT NULL
  GROUP BY "originator", "recipients"
  ORDER BY "count" DESC, "originator", "recipients"`
