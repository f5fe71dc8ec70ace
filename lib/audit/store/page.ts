import { type Db, Prisma } from '../../db'
import type { AuditEvent } from '../../db/generated/client'
import { literal } from '../../db/literal'
import { beginBudget } from '../../db/time-budget'
import type { AuditCursor, AuditEntry, AuditFilter, AuditPage, AuditRow } from '../entry'

/** Rows on one page of the Activity list. */
export const AUDIT_PAGE_ROWS = 50
const FILE_PAGE_ROWS = 1_000

/**
 * Reads one page, in the order of time, so that an index leads to a period however many rows are newer. The chain has another order where
 * a clock was set back. One more row than is shown is fetched, to know whether there is a next page.
 */
export async function readAuditPage(
  db: Db,
  filter: AuditFilter,
  cursor: AuditCursor,
  rowsMax = AUDIT_PAGE_ROWS,
): Promise<AuditPage> {
  const forward = cursor.kind === 'after'
  const order = forward ? 'asc' : 'desc'
  const place = await beyond(db, cursor)
  const find = (...where: Prisma.AuditEventWhereInput[]) =>
    db.auditEvent.findMany({
      where: { AND: [place, ...where] },
      orderBy: [{ at: order }, { sequence: order }],
      take: rowsMax + 1,
    })
  const { text, named = [], ...rest } = filter
  const byName = text && named.length > 0 ? await find(matching(rest), { action: { in: [...named] } }) : []
  // No index has the text, so it is looked for no further than this page reaches.
  const end = byName.length > rowsMax && byName.at(-1)?.at
  const byText = await find(matching(filter), end ? { at: forward ? { lte: end } : { gte: end } } : {})
  const events = byName.length > 0 ? merged([...byName, ...byText], forward) : byText
  const rows = events.slice(0, rowsMax).map(auditRow)
  const more = events.length > rows.length
  return forward
    ? { rows: rows.reverse(), hasNewer: more, hasOlder: true }
    : { rows: rows, hasNewer: cursor.kind === 'before', hasOlder: more }
}

/** Each once, in the order of a page. */
function merged(events: readonly AuditEvent[], forward: boolean): AuditEvent[] {
  const byTime = (a: AuditEvent, b: AuditEvent) => a.at.getTime() - b.at.getTime() || Number(a.sequence - b.sequence)
  const sorted = [...new Map(events.map((event) => [event.sequence, event])).values()].sort(byTime)
  return forward ? sorted : sorted.reverse()
}

/** A change as its entries name it; with `detail` only those that changed this. */
export type Done = readonly [subject: string, actions: AuditEntry['action'][], detail?: string]

/** The name of who did this last; null if the log does not say. */
export async function lastDoneBy(db: Db, [subject, actions, detail]: Done): Promise<string | null> {
  const last = await db.auditEvent.findFirst({
    where: {
      ...{ action: { in: actions }, subject, result: 'done' },
      ...(detail && { details: { path: [detail], not: Prisma.DbNull } }),
    },
    orderBy: [{ at: 'desc' }, { sequence: 'desc' }],
    select: { actorName: true },
  })
  return last?.actorName ?? null
}

/** Everything that matches, newest first, as pages of a file. */
export async function* auditPages(db: Db, filter: AuditFilter, rowsMax = FILE_PAGE_ROWS): AsyncGenerator<AuditRow[]> {
  for (let cursor: AuditCursor = { kind: 'newest' }; ; ) {
    const endBudget = beginBudget() // the whole file may take longer than a request waits for the database
    const { rows, hasOlder } = await readAuditPage(db, filter, cursor, rowsMax).finally(endBudget)
    yield rows
    const last = rows.at(-1)
    if (!last || !hasOlder) return
    cursor = { kind: 'before', sequence: last.sequence }
  }
}

/** What is older or newer than the row of the cursor, or than the end of the log if that has no such row. */
async function beyond(db: Db, cursor: AuditCursor): Promise<Prisma.AuditEventWhereInput> {
  if (cursor.kind === 'newest') return {}
  const edge = await db.auditEvent.findFirst({
    where: { sequence: { lte: cursor.sequence } },
    orderBy: { sequence: 'desc' },
    select: { at: true },
  })
  const at = edge?.at ?? new Date(0)
  return cursor.kind === 'before'
    ? { at: { lte: at }, OR: [{ at: { lt: at } }, { sequence: { lt: cursor.sequence } }] }
    : { at: { gte: at }, OR: [{ at: { gt: at } }, { sequence: { gt: cursor.sequence } }] }
}

function matching({ action, result, actor, from, until, text }: AuditFilter): Prisma.AuditEventWhereInput {
  return {
    ...(action && { action }),
    ...(result && { result }),
    ...(actor && { actorName: { startsWith: literal(actor), mode: 'insensitive' } }),
    ...((from || until) && { at: { ...(from && { gte: from }), ...(until && { lt: until }) } }),
    ...(text && { OR: SEARCHED.map((column) => ({ [column]: { contains: literal(text), mode: 'insensitive' } })) }),
  }
}

const SEARCHED = ['subject', 'actorName', 'address', 'requestId'] as const

/** The column is JSON. It contains what was written, so the type of the entry applies. */
export const auditRow = (event: AuditEvent): AuditRow => ({ ...event, details: event.details as AuditEntry['details'] })
