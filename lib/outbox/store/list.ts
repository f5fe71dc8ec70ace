import { Prisma } from '../../db/generated/client'
import type { MessageState } from '../message'

export interface MessageFilter {
  states?: readonly MessageState[]
  /** A whole address, as our parser writes it. */
  recipient?: string
  /** Each of them occurs in the subject, sender, recipients or Message-ID (search-text.ts). */
  terms?: readonly string[]
}

/** A filter without its search terms, and where the page begins. */
export interface PageStart {
  filter: Omit<MessageFilter, 'terms'>
  /** The list continues after this id; null if it begins with the newest message. */
  before: string | null
}

/** The conditions of a page on `Message` m, except for the search terms. */
export function within({ filter: { states, recipient }, before }: PageStart): Prisma.Sql {
  const [only] = states?.length === 1 ? states : []
  return Prisma.join(
    [
      Prisma.sql`true`,
      ...(only !== undefined
        ? [Prisma.sql`m."state" = ${only}`]
        : states
          ? [Prisma.sql`m."state" IN (${Prisma.join([...states])})`]
          : []),
      ...(recipient
        ? [Prisma.sql`m."id" IN (SELECT r."messageId" FROM "Recipient" r WHERE r."address" = ${recipient})`]
        : []),
      ...(before ? [Prisma.sql`m."id" < ${before}::uuid`] : []),
    ],
    ' AND ',
  )
}

/**
 * Selects the ids of the newest messages. Each state is queried separately: each has a partial index, and a query for two states
 * at once would read all messages.
 */
export function newest({ filter, before }: PageStart, rows: number): Prisma.Sql {
  const filters = filter.states?.map((state) => ({ ...filter, states: [state] })) ?? [filter]
  const each = filters.map(
    (one) => Prisma.sql`
      (SELECT m."id" FROM "Message" m WHERE ${within({ filter: one, before })} ORDER BY m."id" DESC LIMIT ${rows})`,
  )
  return Prisma.sql`SELECT "id" FROM (${Prisma.join(each, ' UNION ALL ')}) found ORDER BY "id" DESC LIMIT ${rows}`
}
