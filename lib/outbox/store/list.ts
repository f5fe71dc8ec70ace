import { Prisma } from '../../db'
import { idsFrom } from '../../kernel'
import { NO_RULE } from '../../policy/rules'
import { COUNTED_BY_STATE_MAX, MESSAGE_STATES, type MessageState } from '../message'
import type { StoreDeps } from './deps'

/** Which messages a list, a count or a change is about. Every condition that is set applies. */
export interface MessageFilter {
  states?: readonly MessageState[]
  /** What was accepted, or failed, since then. What still waits is selected however old it is. */
  since?: Date
  /** What was accepted in this range, the end excluded. */
  from?: Date
  until?: Date
  mailServerId?: string
  /** Why a message failed or waits: a diagnosis code, or a word of the outbox. */
  fault?: string
  /** The address that an attempt was made from. */
  sender?: string
  /** Name of the policy rule that decided an attempt, or `NO_RULE`. */
  rule?: string
  source?: string
  originator?: string
  clientId?: string
  /** Each of them occurs in the subject, sender, recipients or Message-ID (search-text.ts). */
  terms?: readonly string[]
}

/** `Message.sender` and `Message.rule` of a message whose attempts differ. */
export const SEVERAL = ''
/** The states in which recipients may wait in further queues. */
const OPEN: readonly MessageState[] = ['queued', 'sending', 'held']
/** The states in which the latest fault of a message still matters. */
const WITH_FAULT: readonly MessageState[] = ['queued', 'sending', 'failed', 'dismissed']

export interface PageStart {
  filter: Omit<MessageFilter, 'terms'>
  /** The list continues after this id; null if it begins with the newest message. */
  before: string | null
}

/**
 * A kind of message: whether its attempts had one sender and one rule, or several; and whether it is at the mail server, has moved from
 * there to its failover server, or has only further queues that are there or have moved. Messages of each kind are queried separately: those
 * with one are found in an index, and the few others by their attempts or their further queues.
 */
type Kind = Record<'sender' | 'rule', OneOrSeveral> & { server: (typeof WAITS_AT)[number] | 'ended' }
const KINDS = ['one', 'several'] as const
type OneOrSeveral = (typeof KINDS)[number]
const WAITS_AT = ['here', 'moved', 'partly'] as const

function kindsOf({ sender, rule, mailServerId, states = [] }: MessageFilter): Kind[] {
  const kinds = (several: unknown) => (several ? KINDS : KINDS.slice(0, 1))
  const isAnyOpen = states.some((state) => OPEN.includes(state))
  return kinds(sender).flatMap((ofSender) =>
    kinds(rule).flatMap((ofRule) =>
      (mailServerId && isAnyOpen ? WAITS_AT : (['ended'] as const)).map((server) => ({
        sender: ofSender,
        rule: ofRule,
        server,
      })),
    ),
  )
}

/** The conditions of a page on `Message` m, except for the search terms, and of one kind of messages if `kind` is given. */
export function within({ filter, before }: PageStart, kind?: Kind): Prisma.Sql {
  const { states, since, from, until, mailServerId, fault, sender, rule, source, originator, clientId } = filter
  const [only] = states?.length === 1 ? states : []
  const conditions = [
    states && (only ? Prisma.sql`m."state" = ${only}` : Prisma.sql`m."state" = ANY(${[...states]}::text[])`),
    since && acceptedOrFailed(since, only),
    from && Prisma.sql`m."id" >= ${idsFrom(from.getTime())}::uuid`,
    until && Prisma.sql`m."id" < ${idsFrom(until.getTime())}::uuid`,
    mailServerId && waitsAt(mailServerId, kind?.server),
    fault && Prisma.sql`m."state" = ANY(${[...WITH_FAULT]}::text[]) AND coalesce(m."reason", m."lastCode") = ${fault}`,
    sender && decided(SENDER, sender.toLowerCase(), kind?.sender),
    rule && decided(RULE, rule, kind?.rule),
    source && Prisma.sql`m."source" = ${source}`,
    originator && Prisma.sql`lower(m."originator") = ${originator.toLowerCase()}`,
    clientId && Prisma.sql`m."clientId" = ${clientId}::uuid`,
    before && Prisma.sql`m."id" < ${before}::uuid`,
  ].filter((each) => each !== undefined && each !== '' && each !== null)
  return Prisma.join([Prisma.sql`true`, ...conditions], ' AND ')
}

/** The message is, or ended, at this mail server, has moved from it, or recipients of it wait there or have moved from it. */
function waitsAt(id: string, kind?: Kind['server']): Prisma.Sql {
  const here = Prisma.sql`m."mailServerId" = ${id}::uuid`
  const moved = Prisma.sql`m."movedFromId" = ${id}::uuid`
  const partly = Prisma.sql`(m."mailServerId" <> ${id}::uuid AND m."movedFromId" IS DISTINCT FROM ${id}::uuid
    AND m."id" IN (SELECT q."messageId" FROM "OtherQueue" q WHERE q."mailServerId" = ${id}::uuid OR q."movedFromId" = ${id}::uuid))`
  const ended = Prisma.sql`(${here} OR ${moved})`
  return kind === undefined ? Prisma.sql`(${ended} OR ${partly})` : { here, moved, partly, ended }[kind]
}

/** Ids are ordered by time. A message may fail days after it was accepted, so what counts is when it failed. */
function acceptedOrFailed(since: Date, only: MessageState | undefined): Prisma.Sql {
  const accepted = Prisma.sql`m."id" >= ${idsFrom(since.getTime())}::uuid`
  const ended = Prisma.sql`m."endedAt" >= ${since}`
  if (only === undefined)
    return Prisma.sql`(${accepted} OR m."endedAt" IS NULL OR (m."state" IN ('failed', 'dismissed') AND ${ended}))`
  if (OPEN.includes(only)) return Prisma.sql`true`
  return only === 'failed' || only === 'dismissed' ? ended : accepted
}

const SENDER = Prisma.sql`m."sender"`
const RULE = Prisma.sql`m."rule"`
const SENDER_OF_ATTEMPT = Prisma.sql`lower(a."decision"->>'from')`
const RULE_OF_ATTEMPT = Prisma.sql`CASE a."decision"->>'by' WHEN 'rule' THEN a."decision"->>'name' WHEN 'last-line' THEN ${NO_RULE} END`

/** The attempts of a message had this value in `column`. */
function decided(column: Prisma.Sql, value: string, kind?: OneOrSeveral): Prisma.Sql {
  const one = Prisma.sql`${column} = ${value}`
  const several = Prisma.sql`(${column} = ${SEVERAL} AND EXISTS (
    SELECT 1 FROM "Attempt" a WHERE a."messageId" = m."id" AND ${column === SENDER ? SENDER_OF_ATTEMPT : RULE_OF_ATTEMPT} = ${value}))`
  return kind === undefined ? Prisma.sql`(${one} OR ${several})` : { one, several }[kind]
}

/** Selects the ids of the newest messages. Each state and kind is queried by its own index; a query for two would read all messages. */
export function newest({ filter, before }: PageStart, rows: number): Prisma.Sql {
  const isByIndex = [filter.since, filter.sender, filter.rule, filter.mailServerId].some((each) => each !== undefined)
  const { states = isByIndex ? MESSAGE_STATES : undefined, fault } = filter
  const statesShown = fault ? (states ?? WITH_FAULT).filter((state) => WITH_FAULT.includes(state)) : states
  if (statesShown?.length === 0) return Prisma.sql`SELECT "id" FROM "Message" WHERE false`
  const filters = statesShown?.map((state) => ({ ...filter, states: [state] })) ?? [filter]
  const each = filters.flatMap((one) =>
    kindsOf(one).map(
      (kind) => Prisma.sql`
      (SELECT m."id" FROM "Message" m WHERE ${within({ filter: one, before }, kind)} ORDER BY m."id" DESC LIMIT ${rows})`,
    ),
  )
  return Prisma.sql`SELECT "id" FROM (${Prisma.join(each, ' UNION ALL ')}) found ORDER BY "id" DESC LIMIT ${rows}`
}

export type StateCounts = Record<MessageState, number>

/** How many messages of each state a filter selects, each up to 10,000. Search terms and states are not taken into account. */
export async function countsOf(
  { db }: Pick<StoreDeps, 'db'>,
  filter: MessageFilter,
  countedMax = COUNTED_BY_STATE_MAX,
): Promise<StateCounts> {
  const rows = MESSAGE_STATES.map((state) => {
    const one = { ...filter, states: [state] }
    const each = kindsOf(one).map((kind) => {
      const where = within({ filter: one, before: null }, kind)
      return Prisma.sql`(SELECT 1 FROM "Message" m WHERE ${where} LIMIT ${countedMax})`
    })
    return Prisma.sql`
      SELECT ${state}::text AS "state", count(*)::int AS "count"
      FROM (SELECT 1 FROM (${Prisma.join(each, ' UNION ALL ')}) found LIMIT ${countedMax}) counted`
  })
  const counts = await db.$queryRaw<{ state: MessageState; count: number }[]>`${Prisma.join(rows, ' UNION ALL ')}`
  return Object.fromEntries(counts.map(({ state, count }) => [state, count])) as StateCounts
}
