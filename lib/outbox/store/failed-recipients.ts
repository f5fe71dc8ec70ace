import type { Tx } from '../../db'
import type { AttemptResult, RecipientResult } from '../message'

/** Recipients who will not get a message, by one result of an attempt. */
type FailedRecipients = ReturnType<typeof failuresOf>[number]

/** Longer headers are cut: a report needs enough of the message to recognise it. */
const HEADER_BYTES_MAX = 32 * 1024
/** A message that says of itself that a program made it, so that no program is answered (RFC 3834 §2). */
const AUTOMATIC =
  '(^|\n)(auto-submitted[ \t]*:[ \t\r\n]*(?!no([ \t\r\n;(]|$))[a-z]|precedence[ \t]*:[ \t\r\n]*(bulk|junk|list))'

const isFinal = ({ state }: RecipientResult): boolean => state === 'failed' || state === 'declined'

/** Reports are made for what clients and operators submitted, and never for the console's own mail, such as another report. */
const isReported = ({ source }: Pick<AttemptResult, 'source'>): boolean =>
  source === 'smtp' || source === 'api' || source === 'console'

export const failuresOf = (results: readonly { result: AttemptResult }[]) =>
  results.flatMap(({ result }) => {
    const { id, fence, recipients } = result
    const positions = isReported(result) ? recipients.filter(isFinal).map(({ position }) => position) : []
    return positions.length > 0 ? [{ id, fence, positions }] : []
  })

/**
 * Notes recipients whose failure is to be reported. The caller records the results in the same transaction. A message that another worker
 * has taken over is left out, as it is there: its row is locked until then.
 */
export async function noteFailures(tx: Tx, failures: readonly FailedRecipients[], at: Date): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "FailureReport" ("messageId", "fence", "positions", "clientId", "automatic", "header", "at")
    SELECT m."id", m."fence", f."positions"::smallint[], m."clientId",
      coalesce(encode(h."header", 'escape') ~* ${AUTOMATIC}, false), h."header", ${at}
    FROM unnest(${failures.map(({ id }) => id)}::uuid[], ${failures.map(({ fence }) => fence)}::int[],
      ${failures.map(({ positions }) => `{${positions.join()}}`)}::text[]) AS f("id", "fence", "positions")
    CROSS JOIN LATERAL (
      SELECT * FROM "Message" WHERE "id" = f."id" AND "fence" = f."fence" AND "leasedUntil" IS NOT NULL
        AND ("clientId" IS NOT NULL OR "returnPath" IS NOT NULL) FOR UPDATE
    ) m
    LEFT JOIN LATERAL (
      SELECT substring(b."bytes" FROM 1 FOR coalesce(nullif(position('\\x0d0a0d0a'::bytea IN substring(b."bytes" FROM 1 FOR ${HEADER_BYTES_MAX}::int)), 0) + 1, ${HEADER_BYTES_MAX}::int)) AS "header"
      FROM "MessageBody" b WHERE b."messageId" = m."id"
    ) h ON true
    ON CONFLICT DO NOTHING`
}
