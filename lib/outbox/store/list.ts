import { Prisma } from '../../db'
import { idsFrom } from '../../kernel'
import { SENDER_FAULTS } from '../../mail-server/senders/state'
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
  /** The address that an attempt was made from; with a fault of senders, the one that it is about. */
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

/** What a query selects without its search terms. `before`: only messages older than the one with this id. */
export type Selection = Omit<MessageFilter, 'terms'> & { before?: string | null }

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

/** The conditions on `Message` m, and those of one kind of messages if `kind` is given. */
export function within(selection: Selection, kind?: Kind): Prisma.Sql {
  const { states, since, from, until, mailServerId, fault, sender, rule, source, originator, clientId, before } =
    selection
  const [only] = states?.length === 1 ? states : []
  const conditions = [
    states && (only ? Prisma.sql`m."state" = ${only}` : Prisma.sql`m."state" = ANY(${[...states]}::text[])`),
    since && acceptedOrFailed(since, only),
    from && Prisma.sql`m."id" >= ${idsFrom(from.getTime())}::uuid`,
    until && Prisma.sql`m."id" < ${idsFrom(until.getTime())}::uuid`,
    mailServerId && waitsAt(mailServerId, kind?.server),
    fault && Prisma.sql`m."state" = ANY(${[...WITH_FAULT]}::text[]) AND coalesce(m."reason", m."lastCode") = ${fault}`,
    sender &&
      hadInAttempt(
        SENDER_FAULTS.some((code) => code === fault) ? REJECTED : SENDER,
        sender.toLowerCase(),
        kind?.sender,
      ),
    rule && hadInAttempt(RULE, rule, kind?.rule),
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

const ATTEMPTS = Prisma.sql`SELECT * FROM "Attempt" WHERE "messageId" = m."id"`
/** The newest attempt with the fault of the message, by which failures are grouped. */
export const WITH_ITS_FAULT = Prisma.sql`${ATTEMPTS} AND "code" = coalesce(m."reason", m."lastCode") ORDER BY "fence" DESC, "part" DESC LIMIT 1`
/** What attempts may have had: where a message holds it if it was the same in all of them, and which attempts hold it where. */
const SENDER = {
  ofMessage: Prisma.sql`m."sender"`,
  attempts: ATTEMPTS,
  ofAttempt: Prisma.sql`lower(a."decision"->>'from')`,
}
/** Of several senders, the one that the fault is about. */
const REJECTED = { ...SENDER, attempts: WITH_ITS_FAULT }
const RULE = {
  ofMessage: Prisma.sql`m."rule"`,
  attempts: ATTEMPTS,
  ofAttempt: Prisma.sql`CASE a."decision"->>'by' WHEN 'rule' THEN a."decision"->>'name' WHEN 'last-line' THEN ${NO_RULE} END`,
}

/** Attempts of the message had this sender or rule. */
function hadInAttempt(
  { ofMessage, attempts, ofAttempt }: typeof SENDER,
  value: string,
  kind?: OneOrSeveral,
): Prisma.Sql {
  const one = Prisma.sql`${ofMessage} = ${value}`
  const several = Prisma.sql`(${ofMessage} = ${SEVERAL} AND EXISTS (
    SELECT 1 FROM (${attempts}) a WHERE ${ofAttempt} = ${value}))`
  return kind === undefined ? Prisma.sql`(${one} OR ${several})` : { one, several }[kind]
}

/** Selects the ids of the newest messages. Each state and kind is queried by its own index; a query for two would read all messages. */
export function newest(selection: Selection, rows: number): Prisma.Sql {
  const { since, sender, rule, mailServerId, fault } = selection
  const isByIndex = [since, sender, rule, mailServerId].some((each) => each !== undefined)
  const { states = isByIndex ? MESSAGE_STATES : undefined } = selection
  const statesShown = fault ? (states ?? WITH_FAULT).filter((state) => WITH_FAULT.includes(state)) : states
  if (statesShown?.length === 0) return Prisma.sql`SELECT "id" FROM "Message" WHERE false`
  const selections = statesShown?.map((state) => ({ ...selection, states: [state] })) ?? [selection]
  const each = selections.flatMap((one) =>
    kindsOf(one).map(
      (kind) => Prisma.sql`
      (SELECT m."id" FROM "Message" m WHERE ${within(one, kind)} ORDER BY m."id" DESC LIMIT ${rows})`,
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
      const where = within(one, kind)
      return Prisma.sql`(SELECT 1 FROM "Message" m WHERE ${where} LIMIT ${countedMax})`
    })
    return Prisma.sql`
      SELECT ${state}::text AS "state", count(*)::int AS "count"
      FROM (SELECT 1 FROM (${Prisma.join(each, ' UNION ALL ')}) found LIMIT ${countedMax}) counted`
  })
  const counts = await db.$queryRaw<{ state: MessageState; count: number }[]>`${Prisma.join(rows, ' UNION ALL ')}`
  return Object.fromEntries(counts.map(({ state, count }) => [state, count])) as StateCounts
}

/** How many messages failed before that time and were not dismissed, counted up to 10,000. */
export const failedBefore = ({ db }: Pick<StoreDeps, 'db'>, at: Date): Promise<number> =>
  db.message.count({ where: { state: 'failed', endedAt: { lt: at } }, take: COUNTED_BY_STATE_MAX })
