import type { GuessGuard, Limiter } from '../access/rate-limits'
import { type AuditAction, type AuditEntry, type AuditLog, auditEntry } from '../audit'
import type { DbDeps } from '../db'
import type { Caller, Logger } from '../kernel'
import type { OutboxDeps } from '../notifications/mail'
import { isSecondFactorDue, type SignInSettings } from './settings'
import type { OperatorRecord } from './store/operators'
import type { Call } from './terms'

export interface AccountsDeps extends DbDeps {
  audit: Pick<AuditLog, 'record'>
  settings: SignInSettings
  passwordGuard: GuessGuard
  codeGuard: GuessGuard
  /** Limits attempts from one address at any accounts. */
  addressLimit: Limiter
  /** How a mail of the console reaches the outbox. */
  mails: Pick<OutboxDeps, 'senderAddress' | 'prepareMail'> & { log: Pick<Logger, 'error'> }
  /** Records denials that cost nothing to cause, at most a bounded number, so that strangers cannot fill the audit log. */
  recordRefusal(entry: AuditEntry): Promise<void>
}

export const subjectOf = (operatorId: string): string => `operator:${operatorId}`

/** Who makes a call before anyone has signed in. */
export const stranger = ({ origin }: Call): Caller => ({ actor: { kind: 'anonymous' }, origin })

/** The audit entry of what an operator does to their own account. */
export function ownEntry(
  action: AuditAction,
  { origin }: Pick<Call, 'origin'>,
  { id, email, role }: Pick<OperatorRecord, 'id' | 'email' | 'role'>,
  details?: AuditEntry['details'],
  result?: AuditEntry['result'],
): AuditEntry {
  return auditEntry(action, { actor: { kind: 'operator', id, email, role }, origin }, subjectOf(id), details, result)
}

export const mustEnrol = (deps: AccountsDeps, operator: Pick<OperatorRecord, 'role' | 'secondFactor'>): boolean =>
  !operator.secondFactor && isSecondFactorDue(deps.settings.secondFactor, operator.role)
