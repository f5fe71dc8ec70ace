import { appendAudits, auditEntry, auditedIn } from '../../audit'
import { type DbDeps, named, type Tx } from '../../db'
import { actorName, bind, type Caller, DAY_MS, fail, isDay, newId, ok, type Result } from '../../kernel'
import { readClient } from '../store/clients'
import type { Period, Progress } from './progress'
import { type ReportFault, type ReportKind, readReport } from './report'
import {
  countProposals,
  countSenders,
  deleteReport,
  insertReport,
  linkProposals,
  listOwnMailboxes,
  listReports,
  listSenders,
  type StoredReport,
} from './store'

/** The list of senders that still use a password at Exchange Online, and how far each has moved away from it. */
export const createBasicAuth = (deps: DbDeps) =>
  bind(deps, { list, addReport, removeReport, link, linkIn, linkProposed })

export type MigrationList = Awaited<ReturnType<typeof list>>

/**
 * One page of the senders of the chosen progress, or of all if it is null, whose address contains `text`. There are `total` of them,
 * `matching` of each progress, and `all` is the number of senders of any progress and address. `proposed` senders have one client that
 * names them, and are not linked to it yet. Postroom itself sends through `mailboxes`.
 */
async function list({ db }: DbDeps, chosen: { progress: Progress | null; text?: string; page: number; size: number }) {
  const reports = await listReports(db)
  const newest = reports.find(countsUses)
  const [rows, { counts, matching }, proposed, mailboxes] = await Promise.all([
    listSenders(db, chosen),
    countSenders(db, chosen.text),
    countProposals(db),
    listOwnMailboxes(db),
  ])
  const sum = (byState: typeof counts) => Object.values(byState).reduce((before, count) => before + count, 0)
  return {
    rows,
    total: chosen.progress ? matching[chosen.progress] : sum(matching),
    all: sum(counts),
    counts,
    matching,
    reports,
    mailboxes,
    proposed,
    newest,
  }
}

const countsUses = ({ kind }: StoredReport) => kind !== 'settings'

/** What is wrong with which of the two days of a report. */
interface PeriodFault {
  kind: 'no-day' | 'wrong-order' | 'future' | 'too-long'
  field: 'from' | 'until'
}
export type AddReportFault = ReportFault | PeriodFault

/** As many as Exchange’s longest report. */
const PERIOD_DAYS_MAX = 90

/** The audit entry says it too, for a form whose answer is lost. */
type AddedReport = { kind: ReportKind; senders: number; skipped: number; undated: number }

async function addReport(
  { db, clock }: DbDeps,
  caller: Caller,
  { text, fileName, ...period }: { text: string; fileName: string | null } & Period,
): Promise<Result<AddedReport, AddReportFault>> {
  const now = clock.now()
  const wrong = periodFault(period, now)
  if (wrong) return fail(wrong)
  const read = await readReport(text)
  if (!read.ok) return read
  const { kind, senders, skipped, undated } = read.value
  const id = newId()
  const added = { kind, senders: senders.length, skipped, undated }
  const details = { ...added, from: period.from, until: period.until }
  const audit = auditEntry('basic-auth.report', caller, `basic-auth-report:${id}`, details)
  const uploadedBy = actorName(caller.actor)
  await insertReport(db, { ...read.value, ...period, id, fileName, uploadedBy }, now, audit)
  return ok(added)
}

/** Removes a report with what it alone says. @returns false if there is no such report */
async function removeReport(deps: DbDeps, caller: Caller, id: string): Promise<boolean> {
  const [report] = await listReports(deps.db, { id })
  if (!report) return false
  const { kind, senders, from, until } = report
  const details = { kind, senders, from, until }
  const audit = auditEntry('basic-auth.remove-report', caller, `basic-auth-report:${id}`, details)
  return deleteReport(deps, id, audit)
}

function periodFault({ from, until }: Period, now: Date): PeriodFault | null {
  if (!isDay(from)) return { kind: 'no-day', field: 'from' }
  if (!isDay(until)) return { kind: 'no-day', field: 'until' }
  const [start, end] = [Date.parse(`${from}T00:00:00Z`), Date.parse(`${until}T00:00:00Z`)]
  if (end > now.getTime()) return { kind: 'future', field: 'until' }
  if (start > end) return { kind: 'wrong-order', field: 'from' }
  return end - start > PERIOD_DAYS_MAX * DAY_MS ? { kind: 'too-long', field: 'from' } : null
}

interface Link {
  address: string
  from: string | null | undefined
  clientId: string | null
}

/**
 * Links a sender to the client that sends its mail now, or removes the link. `from` is the client that the caller saw, or null for none. If
 * it is another one now, or `from` or the sender is missing, nothing is changed.
 */
const link = (deps: DbDeps, caller: Caller, chosen: Link): Promise<Result<void, 'gone' | 'changed'>> =>
  deps.db.$transaction((tx) => linkIn(deps, tx, caller, chosen))

/** As `link`, in the transaction that adds the client. */
async function linkIn(
  { clock }: DbDeps,
  tx: Tx,
  caller: Caller,
  { address, from, clientId }: Link,
): Promise<Result<void, 'gone' | 'changed'>> {
  const client = clientId === null ? null : await readClient(tx, clientId)
  if (clientId !== null && !client) return fail('gone')
  const details = { sender: address, client: client?.name ?? null }
  const audit = auditEntry('basic-auth.link', caller, clientId && `client:${clientId}`, details)
  const where = { address: named(address) }
  const values = { clientId }
  const save = async () =>
    from === undefined
      ? { count: 0 } // Prisma would take it for any client
      : tx.basicAuthSender.updateMany({ where: { ...where, clientId: from }, data: values })
  const read = () => tx.basicAuthSender.findUnique({ where })
  return (await auditedIn(tx, clock, audit, save, { read, values })) ? ok(undefined) : fail('changed')
}

/**
 * Links each proposed sender to the client that names it. One that another person has linked in the meantime keeps its client.
 * @returns how many were linked
 */
const linkProposed = ({ db, clock }: DbDeps, caller: Caller): Promise<number> =>
  db.$transaction(async (tx) => {
    const linked = await linkProposals(tx)
    const audits = linked.map(({ address, clientId, client }) =>
      auditEntry('basic-auth.link', caller, `client:${clientId}`, { sender: address, client }),
    )
    if (audits.length > 0) await appendAudits(tx, audits, clock.now())
    return linked.length
  })
