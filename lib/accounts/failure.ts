import { auditEntry } from '../audit/entry'
import { type AccountsDeps, stranger, subjectOf } from './deps'
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
  const subject = operator && subjectOf(operator.id)
  const entry = auditEntry('sign-in.failed', stranger(call), subject, { email, reason }, 'refused')
  await (UNLIMITED.includes(reason) ? deps.recordRefusal(entry) : deps.audit.record(entry))
}
