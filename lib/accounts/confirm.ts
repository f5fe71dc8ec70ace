import { isAPIError } from 'better-auth/api'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { provePassword } from './account'
import { cookiesFrom, headersFor } from './cookies'
import { type AccountsDeps, actorOf, authIn, subjectOf } from './deps'
import { codeKey, spendCode } from './enter-code'
import type { SignInChange } from './ports'
import type { AccountFault, Call, CookieToSet, SignedIn } from './terms'

const entryOf = (call: Call, { operator }: SignedIn) => ({
  actor: actorOf(operator),
  origin: call.origin,
  subject: subjectOf(operator.id),
})

/** Something was asked for that wants a fresh session, and this one is not. */
export const demandConfirmation = (room: AccountsDeps, call: Call, session: SignedIn, what: string): Promise<void> =>
  room.database.transaction((change) =>
    change.audit({
      ...entryOf(call, session),
      action: 'sign-in.confirm-demanded',
      result: 'refused',
      details: { what },
    }),
  )

/** Thrown to take a transaction back; never leaves this file. */
class Refused extends Error {
  constructor(
    readonly fault: AccountFault,
    readonly reason: string = fault.kind,
  ) {
    super(reason)
  }
}

/**
 * The holder of a session shows again that it is them, counted like a sign-in. They go on with a new session and the
 * old one ends: whoever else held its cookie has nothing fresh, and nothing at all.
 */
export async function confirm(
  room: AccountsDeps,
  call: Call,
  session: SignedIn,
  { password, code }: { password: Redacted; code: Redacted },
): Promise<Result<CookieToSet[], AccountFault>> {
  try {
    const verified = await provePassword(room, session, password)
    if (!verified.ok) throw new Refused(verified.error)
    const key = codeKey(room, call.headers, { ...session.operator, passwordHash: verified.value })
    if (session.operator.secondFactor) {
      const turn = await room.codeGuard.beforeTry(key)
      if (!turn.ok) throw new Refused({ kind: 'wait', waitMs: turn.waitMs })
    }
    const cookies = await room.database.transaction((change) =>
      enterAnew(room, change, call, session, { checked: verified.value, password, code }),
    )
    if (session.operator.secondFactor) await room.codeGuard.afterSuccess(key)
    return ok(cookies)
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown
    const { fault, reason } = thrown
    await room.database.transaction((change) =>
      change.audit({ ...entryOf(call, session), action: 'sign-in.confirm', result: 'refused', details: { reason } }),
    )
    return fail(fault)
  }
}

async function enterAnew(
  room: AccountsDeps,
  change: SignInChange,
  call: Call,
  session: SignedIn,
  { checked, password, code }: { checked: string; password: Redacted; code: Redacted },
): Promise<CookieToSet[]> {
  const { cookies: names } = room.settings
  const operator = await change.operatorById(session.operator.id)
  const ended = await change.endSession(session.sessionId)
  if (!operator || !ended || operator.disabledAt !== null || operator.passwordHash !== checked)
    throw new Refused({ kind: 'no-session' })
  let headers = await passwordHeaders(room, change, call, { email: operator.email, checked, password })
  let secondFactor = 'none'
  if (operator.secondFactor) {
    const used = await spendCode(room, change, operator, code, questionOf(room, call, headers))
    if (!used.ok) throw new Refused({ kind: 'wrong-code' }, used.error)
    headers = used.value.headers
    secondFactor = used.value.secondFactor
  }
  const entry = entryOf(call, session)
  await change.audit({ ...entry, action: 'sign-in.confirm', result: 'done', details: { secondFactor } })
  return cookiesFrom(headers, names)
}

/** The library says no only when the account changed under us. */
async function passwordHeaders(
  room: AccountsDeps,
  change: SignInChange,
  call: Call,
  { email, checked, password }: { email: string; checked: string; password: Redacted },
): Promise<Headers> {
  try {
    const { headers } = await authIn(change, room, { checked }).api.signInEmail({
      body: { email, password: password.reveal() },
      headers: headersFor(call, null),
      returnHeaders: true,
    })
    return headers
  } catch (thrown) {
    if (isAPIError(thrown)) throw new Refused({ kind: 'no-session' })
    throw thrown
  }
}

/** The library's question for the second factor, answered within the same request instead of by the browser. */
function questionOf(room: AccountsDeps, call: Call, answered: Headers): Headers {
  const { cookies: names } = room.settings
  const question = cookiesFrom(answered, names).find(({ name }) => name === names.challenge)
  const headers = headersFor(call, null)
  if (question) headers.set('cookie', `${names.challenge}=${encodeURIComponent(question.value)}`)
  return headers
}
