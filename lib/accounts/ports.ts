import type { AuditEntry } from '../audit/entry'
import type { Locale } from '../i18n/locale'
import type { Role } from '../kernel/actor'

/** One table as better-auth's adapter uses it; nobody else looks inside. */
export type AuthModel = Record<string, (query: Record<string, unknown>) => Promise<unknown>>
export type AuthModels = Record<'operator' | 'session' | 'account' | 'verification' | 'twoFactor', AuthModel>

export interface OperatorRecord {
  id: string
  email: string
  name: string
  role: Role
  locale: Locale | null
  disabledAt: Date | null
  secondFactor: boolean
  /** PHC text; null until a password has been chosen. */
  passwordHash: string | null
  lastSignInAt: Date | null
  createdAt: Date
}

interface SessionRecord {
  id: string
  operatorId: string
  email: string
  address: string | null
  userAgent: string | null
  createdAt: Date
  lastSeenAt: Date
}

/** The sign-in tables, inside a transaction or outside. */
interface SignInTables {
  models: AuthModels
  operatorById(id: string): Promise<OperatorRecord | null>
  operatorByEmail(email: string): Promise<OperatorRecord | null>
  operators(): Promise<OperatorRecord[]>
  countOperators(): Promise<number>
  sessions(operatorId: string | null): Promise<SessionRecord[]>
  touchSession(id: string, at: Date): Promise<void>
  secondFactor(operatorId: string): Promise<{ secret: string; verified: boolean } | null>
  setupToken(tokenHash: string, now: Date): Promise<{ operatorId: string | null } | null>
  notice(operatorId: string, now: Date): Promise<string | null>
}

/** What changes, only inside a transaction, with the audit row of the change. */
export interface SignInChange extends SignInTables {
  /** Call it last: writers of the audit trail queue here. */
  audit(entry: AuditEntry): Promise<void>
  /** Holds everybody else who would make the first administrator until this transaction ends. */
  lockSetup(): Promise<void>
  /**
   * Ids of the administrators who can sign in: enabled, with a password. Their rows stay locked until this transaction ends,
   * so two who remove each other are judged one after the other (Z-02).
   */
  lockAdmins(): Promise<string[]>
  createOperator(operator: { id: string; email: string; name: string; role: Role; at: Date }): Promise<void>
  updateOperator(
    id: string,
    change: Partial<{
      role: Role
      disabledAt: Date | null
      locale: Locale | null
      name: string
      lastSignInAt: Date
      twoFactorEnabled: boolean
    }>,
  ): Promise<void>
  removeOperator(id: string): Promise<void>
  setPassword(operatorId: string, phc: string, at: Date): Promise<void>
  /** All of them, but the one named; how many there were. */
  endSessions(operatorId: string, butSessionId?: string): Promise<number>
  endSession(id: string): Promise<SessionRecord | null>
  /** Sets when a session began, which decides whether it is fresh. */
  backdateSession(tokenHash: string, at: Date): Promise<void>
  /** False when this step, or a later one, was used before. */
  spendStep(operatorId: string, step: number): Promise<boolean>
  removeSecondFactor(operatorId: string): Promise<void>
  putSetupToken(token: { tokenHash: string; operatorId: string | null; expiresAt: Date }): Promise<void>
  /** Uses a link up: of any number at once, one gets it. */
  takeSetupToken(tokenHash: string, now: Date): Promise<{ operatorId: string | null } | null>
  dropSetupTokens(operatorId: string | null): Promise<void>
  putNotice(operatorId: string, sealed: string, expiresAt: Date): Promise<void>
  dropNotice(operatorId: string): Promise<void>
}

export interface SignInDatabase {
  tables: SignInTables
  transaction<T>(work: (change: SignInChange) => Promise<T>): Promise<T>
}
