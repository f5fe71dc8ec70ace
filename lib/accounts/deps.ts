import type { GuessGuard, Limiter } from '../access/rate-limits'
import type { AuditEntry } from '../audit/entry'
import type { Actor } from '../kernel/actor'
import type { Clock } from '../kernel/clock'
import { type Auth, createAuth } from './auth'
import { isSecondFactorDue, type SignInSettings } from './settings'
import type { OperatorRecord, SignInChange, SignInDatabase } from './store'
import type { OperatorView } from './terms'

/** What the operations of this module need. */
export interface AccountsDeps {
  database: SignInDatabase
  settings: SignInSettings
  clock: Clock
  /** Limits attempts at the password of one account. */
  passwordGuard: GuessGuard
  codeGuard: GuessGuard
  /** Limits attempts from one address at any accounts. */
  addressLimit: Limiter
  /** Records denials that cost nothing to cause, at most a bounded number, so that strangers cannot fill the audit log. */
  recordRefusal(entry: AuditEntry): Promise<void>
}

/**
 * The library over one transaction. Hashing is slow, so it happens before: the password was already checked against the hash `checked`,
 * and the library only has to find that hash still stored. The hash of a new password is `newHash`.
 */
export function authIn(
  change: SignInChange,
  { settings }: AccountsDeps,
  passwords: { checked?: string; newHash?: string } = {},
): Auth {
  return createAuth(change.models, settings, {
    hash: async () => {
      if (passwords.newHash === undefined) throw new Error('no password is chosen here')
      return passwords.newHash
    },
    verify: async ({ hash }) => hash === passwords.checked,
  })
}

export const viewOf = (operator: OperatorRecord): OperatorView => ({
  id: operator.id,
  email: operator.email,
  name: operator.name,
  role: operator.role,
  locale: operator.locale,
  disabledAt: operator.disabledAt,
  secondFactor: operator.secondFactor,
  hasPassword: operator.passwordHash !== null,
  lastSignInAt: operator.lastSignInAt,
  createdAt: operator.createdAt,
})

export const actorOf = ({ id, email, role }: Pick<OperatorRecord, 'id' | 'email' | 'role'>): Actor => ({
  kind: 'operator',
  id,
  email,
  role,
})

export const subjectOf = (operatorId: string): string => `operator:${operatorId}`

export const mustEnrol = (deps: AccountsDeps, operator: Pick<OperatorRecord, 'role' | 'secondFactor'>): boolean =>
  !operator.secondFactor && isSecondFactorDue(deps.settings.secondFactor, operator.role)
