import { createHash } from 'node:crypto'
import { appendAudit } from '../audit'
import { type Db, inOneStep, named, type Prisma, read, type Tx } from '../db'
import { literal } from '../db/literal'
import { SETUP_LOCK } from '../db/locks'
import { isLocale, type Locale } from '../i18n/locale'
import { type Clock, compareNames, newId, pick, type Result, type Role, roleOf } from '../kernel'
import { beginReportLocale, reportLocale } from '../submission/store/failure-reports'

/** Says of an account that it signs in with a password. */
const PASSWORD_PROVIDER = 'credential'

const WITH_PASSWORD = {
  accounts: { where: { providerId: PASSWORD_PROVIDER }, select: { password: true } },
} satisfies Prisma.OperatorInclude

type OperatorRow = Prisma.OperatorGetPayload<{ include: typeof WITH_PASSWORD }>
type SessionRow = Prisma.SessionGetPayload<{ include: { operator: { select: { email: true } } } }>

type OperatorFacts = Pick<
  OperatorRow,
  'id' | 'email' | 'name' | 'role' | 'locale' | 'disabledAt' | 'twoFactorEnabled' | 'lastSignInAt' | 'createdAt'
>
type HolderRow = OperatorFacts & Record<'expiresAt' | 'lastSeenAt' | 'signedInAt', Date> & { sessionId: string }

/** An operator account without password and seed. */
const operatorFacts = (row: OperatorFacts) => ({
  ...pick(row, 'id', 'email', 'name', 'disabledAt', 'lastSignInAt', 'createdAt'),
  role: roleOf(row.role),
  locale: isLocale(row.locale) ? row.locale : null,
  /** Has a confirmed second factor. */
  secondFactor: row.twoFactorEnabled,
})

/** An operator account as pages show it. `hasPassword` is false until the set-up link has been used. */
export type OperatorView = ReturnType<typeof operatorView>
const operatorView = (row: OperatorRow) => ({
  ...operatorFacts(row),
  hasPassword: row.accounts[0]?.password != null,
})

export type OperatorRecord = ReturnType<typeof operatorRecord>
const operatorRecord = (row: OperatorRow) => ({
  ...operatorFacts(row),
  passwordHash: row.accounts[0]?.password ?? null,
})

export type SessionView = ReturnType<typeof sessionRecord>
const sessionRecord = (row: SessionRow) => ({
  ...pick(row, 'id', 'createdAt', 'lastSeenAt'),
  operatorId: row.userId,
  email: row.operator.email,
  address: row.ipAddress || null,
  userAgent: row.userAgent || null,
})

const WITH_EMAIL = { operator: { select: { email: true } } } as const
const noticeOf = (operatorId: string): string => `notice:${operatorId}`

/** PostgreSQL rejects a text with NUL, so no row has such a name. */
const storable = (text: string): boolean => !text.includes('\0')

/** The part of a session's token that is stored, so that a reader of a dump cannot sign in with it. */
const tokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url')

function tablesOf(db: Tx) {
  return {
    /** The session with this token and its operator. Every page reads them. */
    async holderOf(token: string) {
      const [row] = await read(db)<HolderRow>`/* prepared: session-holder */
        SELECT s."id" AS "sessionId", s."expiresAt", s."lastSeenAt", s."createdAt" AS "signedInAt", o."id", o."email", o."name",
          o."role", o."locale", o."disabledAt", o."twoFactorEnabled", o."lastSignInAt", o."createdAt"
        FROM "Session" s JOIN "Operator" o ON o."id" = s."userId" WHERE s."token" = ${tokenHash(token)}`
      if (!row) return null
      const { sessionId: id, expiresAt, lastSeenAt, signedInAt: createdAt, ...operator } = row
      return { session: { id, expiresAt, lastSeenAt, createdAt }, operator: operatorFacts(operator) }
    },
    async operatorById(id: string) {
      if (!storable(id)) return null
      const row = await db.operator.findUnique({ where: { id }, include: WITH_PASSWORD })
      return row && operatorRecord(row)
    },
    /** In one statement, so that the time of signing in does not tell whether there is such an account. */
    async operatorByEmail(email: string): Promise<OperatorRecord | null> {
      if (!storable(email)) return null
      const [row] = await read(db)<OperatorFacts & { password: string | null }>`/* prepared: operator-by-email */
        SELECT o."id", o."email", o."name", o."role", o."locale", o."disabledAt", o."twoFactorEnabled", o."lastSignInAt",
          o."createdAt", a."password"
        FROM "Operator" o LEFT JOIN "Account" a ON a."userId" = o."id" AND a."providerId" = ${PASSWORD_PROVIDER}
        WHERE o."email" = ${email}`
      return row ? { ...operatorFacts(row), passwordHash: row.password } : null
    },
    /** All, or those with these ids. */
    async operators(ids?: readonly string[]) {
      const where = ids ? { id: { in: ids.filter(storable) } } : {}
      const rows = await db.operator.findMany({ where, include: WITH_PASSWORD })
      return rows.map(operatorView).sort((a, b) => compareNames(a.email, b.email))
    },
    /** A page of those whose address or name contains `text`, and how many of all can sign in. */
    async operatorPage(text: string, { page, size }: { page: number; size: number }) {
      const contains = { contains: literal(text), mode: 'insensitive' as const }
      const where = { OR: [{ email: contains }, { name: contains }] }
      const active = {
        disabledAt: null,
        accounts: { some: { providerId: PASSWORD_PROVIDER, password: { not: null } } },
      }
      const list = {
        where,
        include: WITH_PASSWORD,
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
    },
    countOperators: () => db.operator.count(),
    /** The `max` that were used last of those that were used and began in these times, and how many there are. */
    async sessions(
      operatorId: string | null,
      times: Record<'lastSeenAt' | 'createdAt', { gte: Date; lte: Date }>,
      max: number,
    ) {
      const where = { ...times, ...(operatorId !== null && { userId: named(operatorId) }) }
      const [rows, total] = await Promise.all([
        db.session.findMany({ where, include: WITH_EMAIL, orderBy: { lastSeenAt: 'desc' }, take: max }),
        db.session.count({ where }),
      ])
      return { rows: rows.map(sessionRecord), total }
    },
    touchSession: (id: string, at: Date) => db.session.updateMany({ where: { id }, data: { lastSeenAt: at } }),
    async secondFactor(operatorId: string) {
      const row = await db.twoFactor.findUnique({ where: { userId: operatorId } })
      return row && pick(row, 'secret', 'verified', 'expiresAt', 'backupCodes')
    },
    async setupToken(tokenHash: string, now: Date) {
      const row = await db.setupToken.findFirst({ where: { tokenHash, expiresAt: { gt: now } } })
      return row && { operatorId: row.operatorId }
    },
    /** The operator whose password was correct and whose code is awaited. */
    async challenge(identifier: string, now: Date) {
      const row = await db.verification.findFirst({ where: { identifier, expiresAt: { gt: now } } })
      return row && { operatorId: row.value }
    },
    async notice(operatorId: string, now: Date) {
      const row = await db.verification.findFirst({
        where: { identifier: noticeOf(operatorId), expiresAt: { gt: now } },
      })
      return row?.value ?? null
    },
  }
}

export type SignInChange = ReturnType<typeof changesOf>
function changesOf(tx: Tx, clock: Clock) {
  return {
    ...operatorChanges(tx),
    ...sessionChanges(tx),
    ...secondFactorChanges(tx),
    ...linkChanges(tx),
    ...tablesOf(tx),
    /** Call it last, because writers of the audit log wait for one another here. */
    audit: (entry: Parameters<typeof appendAudit>[1]) => appendAudit(tx, entry, clock.now()),
    /** For what another module has prepared. */
    tx,
    /** Until the transaction ends, no other transaction creates the first administrator. */
    lockSetup: () => tx.$executeRaw`SELECT pg_advisory_xact_lock(${SETUP_LOCK})`,
    /** IDs of the enabled administrators with a password. Their rows stay locked, so that two who remove each other are checked in turn. */
    async lockAdmins() {
      const locked = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM "Operator" WHERE role = 'admin' AND "disabledAt" IS NULL ORDER BY id FOR UPDATE`
      const able = await tx.account.findMany({
        where: { userId: { in: locked.map(({ id }) => id) }, providerId: PASSWORD_PROVIDER },
        select: { userId: true },
      })
      return able.map(({ userId }) => userId)
    },
  }
}

function operatorChanges(tx: Tx) {
  return {
    createOperator: (operator: { id: string; email: string; name: string; role: Role; createdAt: Date }) =>
      tx.operator.create({ data: operator }),
    beginReportLocale: (locale: Locale) => beginReportLocale(tx, locale),
    updateOperator: (id: string, data: Prisma.OperatorUpdateInput) => tx.operator.update({ where: { id }, data }),
    async removeOperator(id: string) {
      await tx.verification.deleteMany({ where: { identifier: noticeOf(id) } })
      await tx.operator.delete({ where: { id } })
    },
    async setPassword(operatorId: string, phc: string, at: Date) {
      const where = { userId: operatorId, providerId: PASSWORD_PROVIDER }
      const { count } = await tx.account.updateMany({ where, data: { password: phc } })
      if (count > 0) return
      await tx.account.create({ data: { id: newId(), accountId: operatorId, ...where, password: phc, createdAt: at } })
    },
  }
}

function sessionChanges(tx: Tx) {
  return {
    createSession: (token: string, session: Omit<Prisma.SessionUncheckedCreateInput, 'id' | 'token'>) =>
      tx.session.create({ data: { id: newId(), token: tokenHash(token), ...session } }),
    hasSession: async (id: string) => (await tx.session.count({ where: { id } })) > 0,
    /**
     * A sign-in that waits for its code ends too.
     *
     * @param but the ID of one that stays
     * @returns how many sessions ended
     */
    async endSessions(operatorId: string, but?: string) {
      await tx.verification.deleteMany({ where: { value: named(operatorId) } })
      const where = { userId: named(operatorId), ...(but && { NOT: { id: but } }) }
      return (await tx.session.deleteMany({ where })).count
    },
    /** @param ofOperatorId whose it must be; null for any */
    async endSession(id: string, ofOperatorId: string | null) {
      const userId = ofOperatorId === null ? {} : { userId: named(ofOperatorId) }
      const row = await tx.session.findFirst({ where: { id: named(id), ...userId }, include: WITH_EMAIL })
      const { count } = await tx.session.deleteMany({ where: { id: row?.id ?? '' } })
      return row && count === 1 ? sessionRecord(row) : null
    },
    putChallenge: (identifier: string, operatorId: string, expiresAt: Date) =>
      tx.verification.create({ data: { id: newId(), identifier, value: operatorId, expiresAt } }),
    dropChallenge: (identifier: string) => tx.verification.deleteMany({ where: { identifier } }),
  }
}

function secondFactorChanges(tx: Tx) {
  async function lockOperator(operatorId: string): Promise<boolean> {
    const [row] = await tx.$queryRaw<{ twoFactorEnabled: boolean }[]>`
      SELECT "twoFactorEnabled" FROM "Operator" WHERE "id" = ${operatorId} FOR UPDATE`
    return row?.twoFactorEnabled === true
  }
  return {
    /** One that counts once a code from it has been entered, in place of one that was not confirmed. */
    async putSecondFactor(operatorId: string, factor: { secret: string; backupCodes: string; expiresAt: Date }) {
      const fresh = { ...factor, verified: false, lastUsedStep: null }
      const where = { userId: operatorId }
      await tx.twoFactor.upsert({ where, create: { id: newId(), ...where, ...fresh }, update: fresh })
    },
    async confirmSecondFactor(operatorId: string) {
      await tx.twoFactor.update({ where: { userId: operatorId }, data: { verified: true } })
      await tx.operator.update({ where: { id: operatorId }, data: { twoFactorEnabled: true } })
    },
    putBackupCodes: (operatorId: string, backupCodes: string) =>
      tx.twoFactor.update({ where: { userId: operatorId }, data: { backupCodes } }),
    /** @returns false if this time step or a later one was used before */
    async spendStep(operatorId: string, step: number) {
      const { count } = await tx.twoFactor.updateMany({
        where: { userId: operatorId, OR: [{ lastUsedStep: null }, { lastUsedStep: { lt: step } }] },
        data: { lastUsedStep: step },
      })
      return count === 1
    },
    /**
     * Until the transaction ends, other changes to how this operator signs in wait here. Each calls it before it locks another row, because
     * two that lock rows in different orders can block each other.
     *
     * @returns whether a second factor is confirmed
     */
    lockOperator,
    /** @returns whether a confirmed one was removed */
    async removeSecondFactor(operatorId: string) {
      const wasConfirmed = await lockOperator(operatorId)
      await tx.twoFactor.deleteMany({ where: { userId: operatorId } })
      await tx.operator.update({ where: { id: operatorId }, data: { twoFactorEnabled: false } })
      return wasConfirmed
    },
  }
}

/** Links of the first administrator and of operators, and notices that are shown once. */
function linkChanges(tx: Tx) {
  return {
    putSetupToken: (token: { tokenHash: string; operatorId: string | null; expiresAt: Date }) =>
      tx.setupToken.create({ data: token }),
    /** Uses up a link. If it is used several times at once, one use succeeds. */
    async takeSetupToken(tokenHash: string) {
      const { count } = await tx.setupToken.deleteMany({ where: { tokenHash } })
      return count === 1
    },
    dropSetupTokens: (operatorId: string) => tx.setupToken.deleteMany({ where: { operatorId } }),
    async putNotice(operatorId: string, sealed: string, expiresAt: Date) {
      const identifier = noticeOf(operatorId)
      await tx.verification.deleteMany({ where: { identifier } })
      await tx.verification.create({ data: { id: newId(), identifier, value: sealed, expiresAt } })
    },
    dropNotice: (operatorId: string) => tx.verification.deleteMany({ where: { identifier: noticeOf(operatorId) } }),
  }
}

/** The sign-in tables. A transaction that throws leaves neither its changes nor its audit entry. */
export type SignInDatabase = ReturnType<typeof createSignInDatabase>
export function createSignInDatabase(db: Db, clock: Clock) {
  return {
    tables: tablesOf(db),
    reportLocale: () => reportLocale(db),
    within: (tx: Tx): SignInChange => changesOf(tx, clock),
    transaction: <T>(work: (change: SignInChange) => Promise<T>): Promise<T> =>
      db.$transaction((tx) => work(changesOf(tx, clock))),
    /** As above. If `work` rolls back, the fault is returned. */
    inOneStep: <T, Fault>(work: (change: SignInChange) => Promise<T>): Promise<Result<T, Fault>> =>
      inOneStep(db, (tx) => work(changesOf(tx, clock))),
  }
}
