import type { AuditEntry } from '../audit/entry'
import { type AccountsDeps, subjectOf } from './deps'
import type { OperatorRecord } from './ports'
import type { Call } from './terms'

/** No counter limits how often anybody can cause these: nothing was looked at. */
const UNLIMITED = ['too-many-tries', 'busy', 'no-challenge']

/** The one audit row of a failed step of signing in. `email` is what was typed, or the account's; null where it is neither. */
export async function recordSignInFailure(
  room: AccountsDeps,
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
  if (UNLIMITED.includes(reason)) return room.recordRefusal(entry)
  await room.database.transaction((change) => change.audit(entry))
}
