import { appendAudit, refuse } from '../audit'
import { inOneStep, rollBack } from '../db'
import type { Redacted, Result } from '../kernel'
import { provePassword } from './account'
import { type AccountsDeps, ownEntry } from './deps'
import { type CodeFault, codeKey, spendCode } from './enter-code'
import { beginSession } from './sessions'
import { lockOperator, operatorById } from './store/operators'
import { removeSession } from './store/sessions'
import type { AccountFault, Call, CookieToSet, SignedIn } from './terms'

/** Records that a request needed a fresh session, and this session is not fresh. */
export const demandConfirmation = (deps: AccountsDeps, call: Call, { operator }: SignedIn, what: string) =>
  deps.audit.record(ownEntry('sign-in.confirm-demanded', call, operator, { what }, 'refused'))

/**
 * The holder of a session confirms password and second factor, counted like a sign-in. They get a new, fresh session and the old one
 * ends, so that a stolen cookie of the old one opens nothing.
 */
export async function confirm(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
  { password, code }: { password: Redacted; code: Redacted },
): Promise<Result<CookieToSet[], AccountFault>> {
  const denied = (fault: AccountFault, reason: string = fault.kind) =>
    refuse(deps, ownEntry('sign-in.confirm', call, session.operator, { reason }), fault)
  const verified = await provePassword(deps, session, password)
  if (!verified.ok) return denied(verified.error)
  const key = codeKey(deps, call.headers, { ...session.operator, passwordHash: verified.value })
  if (session.operator.secondFactor) {
    const turn = await deps.codeGuard.beforeGuess(key)
    if (!turn.ok) return denied({ kind: 'wait', waitMs: turn.waitMs })
  }
  const cookies = await inOneStep<CookieToSet[], CodeFault | 'no-session'>(deps.db, async (tx) => {
    await lockOperator(tx, session.operator.id)
    const operator = await operatorById(tx, session.operator.id)
    const ended = await removeSession(tx, session.sessionId, null)
    if (operator?.passwordHash !== verified.value || !ended) return rollBack('no-session')
    let secondFactor = 'none'
    if (operator.secondFactor) {
      const used = await spendCode(deps, tx, operator, code)
      if (!used.ok) return rollBack(used.error)
      secondFactor = used.value
    }
    const fresh = await beginSession(deps, tx, call, operator.id)
    await appendAudit(tx, ownEntry('sign-in.confirm', call, session.operator, { secondFactor }), deps.clock.now())
    return [fresh]
  })
  if (!cookies.ok)
    return denied({ kind: cookies.error === 'wrong-backup-code' ? 'wrong-code' : cookies.error }, cookies.error)
  if (session.operator.secondFactor) await deps.codeGuard.afterSuccess(key)
  return cookies
}
