import { type Db, type Prisma, read, type Tx } from '../../db'
import type { OperatorModel } from '../../db/generated/models'
import { literal } from '../../db/literal'
import { SETUP_LOCK } from '../../db/locks'
import { isLocale } from '../../i18n/locale'
import { compareNames, newId, pick, type Role, roleOf } from '../../kernel'
import { deleteNotice } from './notices'

/** Says of an account that it signs in with a password. */
const PASSWORD_PROVIDER = 'credential'

const WITH_PASSWORD = {
  accounts: { where: { providerId: PASSWORD_PROVIDER }, select: { password: true } },
} satisfies Prisma.OperatorInclude

export type OperatorFacts = Pick<
  OperatorModel,
  'id' | 'email' | 'name' | 'role' | 'locale' | 'disabledAt' | 'twoFactorEnabled' | 'lastSignInAt' | 'createdAt'
>

/** An operator account without password and seed. */
export const operatorFacts = (row: OperatorFacts) => ({
  ...pick(row, 'id', 'email', 'name', 'disabledAt', 'lastSignInAt', 'createdAt'),
  role: roleOf(row.role),
  locale: isLocale(row.locale) ? row.locale : null,
  /** Has a confirmed second factor. */
  secondFactor: row.twoFactorEnabled,
})

const FOR_VIEW = {
  ...WITH_PASSWORD,
  setupTokens: { select: { createdAt: true, expiresAt: true } },
} satisfies Prisma.OperatorInclude

/** An operator account as pages show it. `hasPassword` is false until the set-up link has been used, and `link` is the unused one. */
export type OperatorView = ReturnType<typeof operatorView>
const operatorView = (row: Prisma.OperatorGetPayload<{ include: typeof FOR_VIEW }>) => ({
  ...operatorFacts(row),
  hasPassword: row.accounts[0]?.password != null,
  link: row.setupTokens[0] ?? null,
})

export type OperatorRecord = ReturnType<typeof operatorFacts> & { passwordHash: string | null }

/** PostgreSQL rejects a text with NUL, so no row has such a name. */
const storable = (text: string): boolean => !text.includes('\0')

export async function operatorById(db: Db | Tx, id: string): Promise<OperatorRecord | null> {
  if (!storable(id)) return null
  const row = await db.operator.findUnique({ where: { id }, include: WITH_PASSWORD })
  return row && { ...operatorFacts(row), passwordHash: row.accounts[0]?.password ?? null }
}

/** In one statement, so that the time of signing in does not tell whether there is such an account. */
export async function operatorByEmail(db: Db | Tx, email: string): Promise<OperatorRecord | null> {
  if (!storable(email)) return null
  const [row] = await read(db)<OperatorFacts & { password: string | null }>`/* prepared: operator-by-email */
    SELECT o."id", o."email", o."name", o."role", o."locale", o."disabledAt", o."twoFactorEnabled", o."lastSignInAt",
      o."createdAt", a."password"
    FROM "Operator" o LEFT JOIN "Account" a ON a."userId" = o."id" AND a."providerId" = ${PASSWORD_PROVIDER}
    WHERE o."email" = ${email}`
  return row ? { ...operatorFacts(row), passwordHash: row.password } : null
}

/** All, or those with these ids. */
export async function readOperators(db: Db, ids?: readonly string[]) {
  const where = ids ? { id: { in: ids.filter(storable) } } : {}
  const rows = await db.operator.findMany({ where, include: FOR_VIEW })
  return rows.map(operatorView).sort((a, b) => compareNames(a.email, b.email))
}

/** A page of those whose address or name contains `text`, and how many of all can sign in. */
export async function operatorPage(db: Db, text: string, { page, size }: { page: number; size: number }) {
  const contains = { contains: literal(text), mode: 'insensitive' as const }
  const where = { OR: [{ email: contains }, { name: contains }] }
  const active = {
    disabledAt: null,
    accounts: { some: { providerId: PASSWORD_PROVIDER, password: { not: null } } },
  }
  const list = {
    where,
    include: FOR_VIEW,
    orderBy: { email: 'asc' as const },
    skip: (page - 1) * size,
    take: size,
  }
  const [rows, total, all, admins, without] = await Promise.all([
    db.operator.findMany(list),
    db.operator.count({ where }),
    db.operator.count({ where: active }),
    db.operator.count({ where: { ...active, role: 'admin' satisfies Role } }),
    db.operator.count({ where: { ...active, twoFactorEnabled: false } }),
  ])
  return { rows: rows.map(operatorView), total, active: { all, admins, without } }
}

export const countOperators = (db: Db | Tx) => db.operator.count()

/** Until the transaction ends, no other transaction creates the first administrator. */
export const lockSetup = (tx: Tx) => tx.$executeRaw`SELECT pg_advisory_xact_lock(${SETUP_LOCK})`

/** IDs of the enabled administrators with a password. Their rows stay locked, so that two who remove each other are checked in turn. */
export async function lockAdmins(tx: Tx) {
  const locked = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM "Operator" WHERE role = 'admin' AND "disabledAt" IS NULL ORDER BY id FOR UPDATE`
  const able = await tx.account.findMany({
    where: { userId: { in: locked.map(({ id }) => id) }, providerId: PASSWORD_PROVIDER },
    select: { userId: true },
  })
  return able.map(({ userId }) => userId)
}

/**
 * Until the transaction ends, other changes to how this operator signs in wait here. Each calls it before it locks another row, because
 * two that lock rows in different orders can block each other.
 *
 * @returns whether a second factor is confirmed
 */
export async function lockOperator(tx: Tx, operatorId: string): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ twoFactorEnabled: boolean }[]>`
    SELECT "twoFactorEnabled" FROM "Operator" WHERE "id" = ${operatorId} FOR UPDATE`
  return row?.twoFactorEnabled === true
}

/** @returns the ID */
export async function createOperator(
  tx: Tx,
  operator: { email: string; name: string; role: Role },
  passwordHash: string | null,
  at: Date,
): Promise<string> {
  const id = newId()
  await tx.operator.create({ data: { id, ...operator, createdAt: at } })
  if (passwordHash !== null) await setPassword(tx, id, passwordHash, at)
  return id
}

export const updateOperator = (db: Db | Tx, id: string, data: Prisma.OperatorUpdateInput) =>
  db.operator.update({ where: { id }, data })

export async function removeOperator(tx: Tx, id: string) {
  await deleteNotice(tx, id)
  await tx.operator.delete({ where: { id } })
}

export async function setPassword(tx: Tx, operatorId: string, phc: string, at: Date) {
  const where = { userId: operatorId, providerId: PASSWORD_PROVIDER }
  const { count } = await tx.account.updateMany({ where, data: { password: phc } })
  if (count > 0) return
  await tx.account.create({ data: { id: newId(), accountId: operatorId, ...where, password: phc, createdAt: at } })
}
