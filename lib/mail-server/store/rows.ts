import { type Db, read } from '../../db'
import type { MailServerModel } from '../../db/generated/models'
import { compareNames } from '../../kernel'

/** One mail server, with the one that delivers for it. */
export interface ServerRow
  extends Pick<MailServerModel, 'id' | 'name' | 'isDefault' | 'version' | 'settings' | 'sendersVersion' | 'failoverId'>,
    Pick<
      MailServerModel,
      'pausedAt' | 'pausedBy' | 'pauseCode' | 'resumedAt' | 'deliveredVersion' | 'deliveredMessageId' | 'deliveredAt'
    > {
  /** Its failover server, if that has taken over; else null. */
  activeFailoverId: string | null
  activeFailover: string | null
  /** The newest attempt that says something about the mail server; null if there is none. */
  attemptAt: Date | null
  attemptMessageId: string
  attemptOutcome: string
  attemptStage: string | null
  attemptCode: string | null
  attemptVersion: number
  attemptDecision: unknown
}

/**
 * All mail servers, in {@link inOrder}. Every page reads them. The failover server of a failover server is never used: a message goes to
 * its mail server or to that one's failover server, and no further.
 */
export async function readServers(db: Db): Promise<ServerRow[]> {
  const rows = await read(db)<ServerRow>`/* prepared: mail-servers */
  SELECT m."id", m."name", m."isDefault", m."version", m."settings", m."sendersVersion", m."pausedAt", m."pausedBy",
    m."pauseCode", m."resumedAt", m."deliveredVersion", m."deliveredMessageId", m."deliveredAt", m."failoverId",
    f."id" AS "activeFailoverId", f."name" AS "activeFailover", a."at" AS "attemptAt", a."messageId" AS "attemptMessageId",
    a."outcome" AS "attemptOutcome", a."stage" AS "attemptStage", a."code" AS "attemptCode", a."version" AS "attemptVersion", a."decision" AS "attemptDecision"
  FROM "MailServer" m LEFT JOIN "MailServer" f ON f."id" = m."failoverId"
    AND m."pauseIsOwn" AND f."version" > 0 AND f."removedAt" IS NULL AND f."pausedAt" IS NULL
  LEFT JOIN LATERAL (
    SELECT * FROM "Attempt" WHERE "mailServerId" = m."id" AND "outcome" <> 'refused' ORDER BY "at" DESC LIMIT 1
  ) a ON true
  WHERE m."removedAt" IS NULL`
  return inOrder(rows)
}

/** The default server, then the others by name, with “Branch 2” before “Branch 10”. */
export const inOrder = <Server extends Pick<ServerRow, 'name' | 'isDefault'>>(servers: readonly Server[]) =>
  servers.toSorted(
    (one, other) => Number(other.isDefault) - Number(one.isDefault) || compareNames(one.name, other.name),
  )
