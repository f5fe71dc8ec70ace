import type { GuessGuard, Limiter } from '../access/limits'
import type { AuditEntry } from '../audit/entry'
import type { Actor } from '../kernel/actor'
import type { Clock } from '../kernel/clock'
import { type Auth, createAuth } from './auth'
import type { OperatorRecord, SignInChange, SignInDatabase } from './ports'
import { isSecondFactorDue, type SignInSettings } from './settings'
import type { OperatorView } from './terms'

/** What the stories of this room work with; wiring fills it. */
export interface AccountsDeps {
  database: SignInDatabase
  settings: SignInSettings
  clock: Clock
  /** Tries at one account's password, or at the password of the account one is signed in to. */
  passwordGuard: GuessGuard
  codeGuard: GuessGuard
  /** Tries from one address, at whatever accounts. */
  addressLimit: Limiter
  /** Writes down what strangers were refused before anything was looked at, so that they cannot fill the audit trail. */
  recordRefusal(entry: AuditEntry): Promise<void>
}

/**
 * The library over one transaction, with the slow work done before it: the password was already checked against `checked`,
 * so all the library must see is that this hash is still the stored one; a new password's hash is already made.
 */
export function authIn(
  change: SignInChange,
  { settings }: AccountsDeps,
  passwords: { checked?: string; made?: string } = {},
): Auth {
  return createAuth(change.models, settings, {
    hash: async () => {
      if (passwords.made === undefined) throw new Error('no password is chosen here')
      return passwords.made
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

export const mustEnrol = (room: AccountsDeps, operator: Pick<OperatorRecord, 'role' | 'secondFactor'>): boolean =>
  !operator.secondFactor && isSecondFactorDue(room.settings.secondFactor, operator.role)
