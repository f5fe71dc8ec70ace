import type { AuditEntry } from '../audit/entry'
import { type AccountsDeps, subjectOf } from './deps'
import type { OperatorRecord } from './store'
import type { Call } from './terms'

/** No limiter bounds how often these can be caused, because nothing was checked. */
const UNLIMITED = ['too-many-tries', 'busy', 'no-challenge']

/** The audit entry of a failed step of signing in. `email` is the typed one or that of the account, or null if there is neither. */
export async function recordSignInFailure(
  deps: AccountsDeps,
  call: Call,
  { email, operator }: { email: string | null; operator: OperatorRecord | null },
  reason: string,
): Promise<void> {
  const entry: AuditEntry = {
    action: 'sign-in.failed',
    actor: { kind: 'anonymous' },
    origin: call.origin,
    result: 'refused',
    subject: operator && subjectOf(operator.id),
    details: { email, reason },
  }
  if (UNLIMITED.includes(reason)) return deps.recordRefusal(entry)
  await deps.database.transaction((change) => change.audit(entry))
}
