import { Prisma } from '../../db/generated/client'
import type { MessageFilter } from '../ports'

export interface Place {
  filter: Omit<MessageFilter, 'terms'>
  /** The list goes on behind this one; null: from the newest. */
  before: string | null
}

/** The conditions of a list of messages but for its words, on `m`. */
export function within({ filter: { states, recipient }, before }: Place): Prisma.Sql {
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
 * Selects the `id` of the newest. Each state is asked alone: each has an index of its own, and two at once would be looked for
 * through all messages.
 */
export function newest({ filter, before }: Place, rows: number): Prisma.Sql {
  const filters = filter.states?.map((state) => ({ ...filter, states: [state] })) ?? [filter]
  const each = filters.map(
    (one) => Prisma.sql`
      (SELECT m."id" FROM "Message" m WHERE ${within({ filter: one, before })} ORDER BY m."id" DESC LIMIT ${rows})`,
  )
  return Prisma.sql`SELECT "id" FROM (${Prisma.join(each, ' UNION ALL ')}) found ORDER BY "id" DESC LIMIT ${rows}`
}
