import { isAPIError } from 'better-auth/api'
import { refuse } from '../audit'
import { rollBack } from '../db'
import type { Redacted, Result } from '../kernel'
import { provePassword } from './account'
import { cookiesFrom, headersFor } from './cookies'
import { type AccountsDeps, authIn, ownEntry } from './deps'
import { codeKey, spendCode } from './enter-code'
import type { SignInChange } from './store'
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
  const denied = ({ fault, reason = fault.kind }: Denial) =>
    refuse(deps, ownEntry('sign-in.confirm', call, session.operator, { reason }), fault)
  const verified = await provePassword(deps, session, password)
  if (!verified.ok) return denied({ fault: verified.error })
  const key = codeKey(deps, call.headers, { ...session.operator, passwordHash: verified.value })
  if (session.operator.secondFactor) {
    const turn = await deps.codeGuard.beforeGuess(key)
    if (!turn.ok) return denied({ fault: { kind: 'wait', waitMs: turn.waitMs } })
  }
  const cookies = await deps.database.inOneStep<CookieToSet[], Denial>((change) =>
    signInAgain(deps, change, call, session, { checked: verified.value, password, code }),
  )
  if (!cookies.ok) return denied(cookies.error)
  if (session.operator.secondFactor) await deps.codeGuard.afterSuccess(key)
  return cookies
}

/** `reason`: for the audit log, if it says more than the fault. */
type Denial = { fault: AccountFault; reason?: string }

const deny = (denial: Denial): never => rollBack(denial)

async function signInAgain(
  deps: AccountsDeps,
  change: SignInChange,
  call: Call,
  session: SignedIn,
  { checked, password, code }: { checked: string; password: Redacted; code: Redacted },
): Promise<CookieToSet[]> {
  const { cookies: names } = deps.settings
  await change.lockOperator(session.operator.id)
  const operator = await change.operatorById(session.operator.id)
  const ended = await change.endSession(session.sessionId, null)
  if (!operator || !ended) return deny({ fault: { kind: 'no-session' } })
  let headers = await passwordHeaders(deps, change, call, { email: operator.email, checked, password })
  let secondFactor = 'none'
  if (operator.secondFactor) {
    const used = await spendCode(deps, change, operator, code, questionOf(deps, call, headers))
    if (!used.ok)
      return deny({
        fault: { kind: used.error === 'factor-unreadable' ? used.error : 'wrong-code' },
        reason: used.error,
      })
    headers = used.value.headers
    secondFactor = used.value.secondFactor
  }
  await change.audit(ownEntry('sign-in.confirm', call, session.operator, { secondFactor }))
  return cookiesFrom(headers, names)
}

/** The library refuses only if the account changed in the meantime. */
async function passwordHeaders(
  deps: AccountsDeps,
  change: SignInChange,
  call: Call,
  { email, checked, password }: { email: string; checked: string; password: Redacted },
): Promise<Headers> {
  try {
    const { headers } = await authIn(change, deps, { checked }).api.signInEmail({
      body: { email, password: password.reveal() },
      headers: headersFor(call, null),
      returnHeaders: true,
    })
    return headers
  } catch (thrown) {
    if (isAPIError(thrown)) return deny({ fault: { kind: 'no-session' } })
    throw thrown
  }
}

/** The library's challenge for the second factor, answered within the same request instead of by the browser. */
function questionOf(deps: AccountsDeps, call: Call, answered: Headers): Headers {
  const { cookies: names } = deps.settings
  const question = cookiesFrom(answered, names).find(({ name }) => name === names.challenge)
  const headers = headersFor(call, null)
  if (question) headers.set('cookie', `${names.challenge}=${encodeURIComponent(question.value)}`)
  return headers
}
