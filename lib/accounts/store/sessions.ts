import { createHash } from 'node:crypto'
import { type Db, named, type Prisma, read, type Tx } from '../../db'
import { newId, pick } from '../../kernel'
import { lockOperator, type OperatorFacts, operatorFacts } from './operators'
import { dropSeed } from './second-factor'

const WITH_EMAIL = { operator: { select: { email: true } } } as const

type HolderRow = OperatorFacts & Record<'expiresAt' | 'lastSeenAt' | 'signedInAt', Date> & { sessionId: string }

export type SessionView = ReturnType<typeof sessionView>
const sessionView = (row: Prisma.SessionGetPayload<{ include: typeof WITH_EMAIL }>) => ({
  ...pick(row, 'id', 'createdAt', 'lastSeenAt'),
  operatorId: row.userId,
  email: row.operator.email,
  address: row.ipAddress || null,
  userAgent: row.userAgent || null,
})

/** The part of a session's token that is stored, so that a reader of a dump cannot sign in with it. */
const tokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** The session with this token and its operator. Every page reads them. */
export async function holderOf(db: Db, token: string) {
  const [row] = await read(db)<HolderRow>`/* prepared: session-holder */
    SELECT s."id" AS "sessionId", s."expiresAt", s."lastSeenAt", s."createdAt" AS "signedInAt", o."id", o."email", o."name",
      o."role", o."locale", o."disabledAt", o."twoFactorEnabled", o."lastSignInAt", o."createdAt"
    FROM "Session" s JOIN "Operator" o ON o."id" = s."userId" WHERE s."token" = ${tokenHash(token)}`
  if (!row) return null
  const { sessionId: id, expiresAt, lastSeenAt, signedInAt: createdAt, ...operator } = row
  return { session: { id, expiresAt, lastSeenAt, createdAt }, operator: operatorFacts(operator) }
}

/** The `max` that were used last of those that were used and began in these times, and how many there are. */
export async function readSessions(
  db: Db,
  operatorId: string | null,
  times: Record<'lastSeenAt' | 'createdAt', { gte: Date; lte: Date }>,
  max: number,
) {
  const where = { ...times, ...(operatorId !== null && { userId: named(operatorId) }) }
  const [rows, total] = await Promise.all([
    db.session.findMany({ where, include: WITH_EMAIL, orderBy: { lastSeenAt: 'desc' }, take: max }),
    db.session.count({ where }),
  ])
  return { rows: rows.map(sessionView), total }
}

export const touchSession = (db: Db, id: string, at: Date) =>
  db.session.updateMany({ where: { id }, data: { lastSeenAt: at } })

export const createSession = (
  tx: Tx,
  token: string,
  session: Omit<Prisma.SessionUncheckedCreateInput, 'id' | 'token'>,
) => tx.session.create({ data: { id: newId(), token: tokenHash(token), ...session } })

export const hasSession = async (tx: Tx, id: string) => (await tx.session.count({ where: { id } })) > 0

/**
 * A sign-in that waits for its code ends too.
 *
 * @param but the ID of one that stays
 * @returns how many sessions ended
 */
export async function removeSessions(tx: Tx, operatorId: string, but?: string) {
  await tx.verification.deleteMany({ where: { value: named(operatorId) } })
  await dropSeed(tx, operatorId) // one of these sessions may have seen it
  const where = { userId: named(operatorId), ...(but && { NOT: { id: but } }) }
  return (await tx.session.deleteMany({ where })).count
}

/** @param ofOperatorId whose it must be; null for any */
export async function removeSession(tx: Tx, id: string, ofOperatorId: string | null) {
  const userId = ofOperatorId === null ? {} : { userId: named(ofOperatorId) }
  const row = await tx.session.findFirst({ where: { id: named(id), ...userId }, include: WITH_EMAIL })
  if (!row) return null
  await lockOperator(tx, row.userId)
  const { count } = await tx.session.deleteMany({ where: { id: row.id } })
  return count === 1 ? sessionView(row) : null
}
