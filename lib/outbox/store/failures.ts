import { compareNames } from '../../kernel'
import { CONCERN_OF, DIAGNOSIS_CODES } from '../../kernel/diagnosis-code'
import { SENDER_FAULTS } from '../../mail-server/senders/state'
import { NO_RULE } from '../../policy/rules'
import { COUNTED_MAX } from '../message'
import type { StoreDeps } from './deps'
import { type MessageFilter, newest, WITH_ITS_FAULT } from './list'

/** The newest attempts of a mail server, or messages of a sender, that show whether it has worked since. */
const NEWEST = 200
/** The newest attempts, of which the senders and rules are offered to filter by. */
const CHOICES_FROM = 2_000

/** No repair in the console or at Microsoft lets these recipients get mail, so sending again does not help. */
export const LASTING_RECIPIENT_FAULTS: readonly string[] = [
  'recipient-not-found',
  'recipient-refused',
  'mailbox-full',
  'address-malformed',
]

/** Faults of a message, which other mail of the same mail server does not have: that it is accepted repairs nothing. */
const OF_ONE_MESSAGE = DIAGNOSIS_CODES.filter((code) => CONCERN_OF[code] === 'message')

/** Failed messages with the same cause, which one repair resolves. */
export interface FailureGroup {
  code: string
  count: number
  /** Where the newest attempt failed so, at any of the group's mail servers. */
  mailServerId: string
  /** The rejected sender; null if the fault is not one of the sender. */
  sender: string | null
  /** One recipient that a fault of recipients kept from getting a message, and how many there are. */
  recipient: string | null
  recipients: number
  /** The newest message, and when it failed. */
  messageId: string
  failedAt: Date
  oldestAt: Date
  /** The same mail server, or the same sender, has worked since. */
  isRepaired: boolean
}

/**
 * The newest failed messages that a filter selects, grouped by cause: the fault, and the sender if it was rejected. The largest
 * group comes first. Search terms and states are not taken into account. What a clock that was set back since has dated ahead shows nothing.
 * A sender is compared by a range, so that its messages come from their index: PostgreSQL expects of any sender as many messages as of an average
 * one, and would look for them among all messages, newest first.
 */
export const failures = ({ db, now }: StoreDeps, filter: MessageFilter) => db.$queryRaw<FailureGroup[]>`
  WITH failed AS MATERIALIZED (${newest({ ...filter, states: ['failed'] }, COUNTED_MAX)}),
  cause AS MATERIALIZED (
    SELECT m."id", m."endedAt", coalesce(m."reason", m."lastCode", '') AS "code",
      coalesce(a."mailServerId", m."mailServerId") AS "mailServerId",
      CASE WHEN coalesce(m."reason", m."lastCode") = ANY(${[...SENDER_FAULTS]}::text[]) THEN a."decision"->>'from' END AS "sender"
    FROM failed JOIN "Message" m USING ("id")
    LEFT JOIN LATERAL (${WITH_ITS_FAULT}) a ON true
  ), missed AS MATERIALIZED (
    SELECT c."code", min(r."address") AS "recipient", count(DISTINCT r."address")::int AS "recipients"
    FROM cause c JOIN "Recipient" r ON r."messageId" = c."id" AND r."state" = 'failed' AND coalesce(r."code", c."code") = c."code"
    WHERE c."code" = ANY(${[...LASTING_RECIPIENT_FAULTS]}::text[]) GROUP BY 1
  ), grouped AS MATERIALIZED (
    SELECT "code", (array_agg("sender" ORDER BY "endedAt" DESC))[1] AS "sender", count(*)::int AS "count",
      (array_agg("mailServerId" ORDER BY "endedAt" DESC))[1] AS "mailServerId",
      (array_agg("id" ORDER BY "endedAt" DESC))[1] AS "messageId", max("endedAt") AS "failedAt", min("endedAt") AS "oldestAt"
    FROM cause GROUP BY "code", lower("sender")
  )
  SELECT g.*, m."recipient", coalesce(m."recipients", 0) AS "recipients", CASE
    WHEN g."sender" IS NULL THEN g."code" <> ALL(${OF_ONE_MESSAGE}::text[]) AND (EXISTS (
      SELECT 1 FROM (
        SELECT t."outcome" FROM "Attempt" t WHERE t."mailServerId" = g."mailServerId" AND t."outcome" <> 'refused' AND t."at" > g."failedAt" AND t."at" <= ${now()}
        ORDER BY t."at" DESC LIMIT ${NEWEST}) newest WHERE "outcome" = 'accepted')
      OR EXISTS (
      SELECT 1 FROM "TestRun" t WHERE t."mailServerId" = g."mailServerId" AND t."outcome" = 'accepted' AND t."startedAt" > g."failedAt"
        AND t."startedAt" <= ${now()}))
    ELSE EXISTS (
      SELECT 1 FROM (
        SELECT m."endedAt", m."mailServerId" FROM "Message" m
        WHERE m."sender" BETWEEN lower(g."sender") AND lower(g."sender") AND m."state" = 'delivered'
        ORDER BY m."sender" DESC, m."id" DESC LIMIT ${NEWEST}) newest
      WHERE "endedAt" > g."failedAt" AND "endedAt" <= ${now()} AND newest."mailServerId" = g."mailServerId")
      OR EXISTS (
      SELECT 1 FROM "Sender" s WHERE s."mailServerId" = g."mailServerId" AND s."address" = lower(g."sender")
        AND s."outcome" = 'accepted' AND s."at" > g."failedAt" AND s."at" <= ${now()})
    END AS "isRepaired"
  FROM grouped g LEFT JOIN missed m USING ("code") ORDER BY g."count" DESC, g."failedAt" DESC`

/** The faults at the last attempts of the newest waiting messages that a filter selects, the most frequent first. */
export const waitingFaults = ({ db }: StoreDeps, filter: MessageFilter) => db.$queryRaw<WaitingFault[]>`
  WITH waiting AS MATERIALIZED (${newest({ ...filter, states: ['queued'] }, COUNTED_MAX)})
  SELECT coalesce(m."reason", m."lastCode") AS "code", count(*)::int AS "count" FROM waiting JOIN "Message" m USING ("id")
  WHERE coalesce(m."reason", m."lastCode") IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1`

export type WaitingFault = Pick<FailureGroup, 'code' | 'count'>

/** Values to filter by, from the newest attempts. */
export type FilterChoices = { senders: string[]; rules: string[] }

export async function filterChoices({ db }: StoreDeps): Promise<FilterChoices> {
  const [row] = await db.$queryRaw<FilterChoices[]>`
    WITH newest AS MATERIALIZED (SELECT "decision" FROM "Attempt" ORDER BY "messageId" DESC LIMIT ${CHOICES_FROM})
    SELECT ARRAY(SELECT DISTINCT "decision"->>'from' AS "value" FROM newest WHERE "decision"->>'from' IS NOT NULL) AS "senders",
      ARRAY(
        SELECT DISTINCT CASE "decision"->>'by' WHEN 'rule' THEN "decision"->>'name' ELSE ${NO_RULE} END AS "value"
        FROM newest WHERE "decision"->>'by' IN ('rule', 'last-line')) AS "rules"`
  return { senders: row?.senders.sort(compareNames) ?? [], rules: row?.rules.sort(compareNames) ?? [] }
}
