import { isAPIError } from 'better-auth/api'
import { isLocale } from '../i18n/locale'
import type { Caller } from '../kernel/actor'
import { roleOf } from '../kernel/actor'
import { MINUTE_MS } from '../kernel/time'
import { type Auth, createAuth } from './auth'
import { headersFor, removed } from './cookies'
import { type AccountsDeps, actorOf, authIn, mustEnrol, subjectOf } from './deps'
import { FRESH_MINUTES } from './settings'
import type { Call, CookieToSet, SessionView, SignedIn } from './terms'

/** A busy page writes this at most once a minute. */
const TOUCH_EVERY_MS = MINUTE_MS

const NOWHERE = { address: null, requestId: '' }

/** One library instance over the connection pool for each `deps`, because every request uses it. */
const readers = new WeakMap<AccountsDeps, Auth>()

function reader(deps: AccountsDeps): Auth {
  const known = readers.get(deps) ?? createAuth(deps.database.tables.models, deps.settings)
  readers.set(deps, known)
  return known
}

/**
 * The holder of the request's session. Checked on every request and never cached, so a disabled account, another role or a removed
 * session counts at once. Null after an hour without a request or after twelve hours in all, or less if the deployment says so.
 */
export async function getSession(deps: AccountsDeps, headers: Headers): Promise<SignedIn | null> {
  const ownHeaders = headersFor({ headers, origin: NOWHERE }, deps.settings.cookies.session)
  if (!ownHeaders.has('cookie')) return null
  const stored = await reader(deps).api.getSession({ headers: ownHeaders, query: { disableRefresh: true } })
  if (!stored) return null
  const { session, user } = stored
  const now = deps.clock.now()
  const { createdAt } = session
  const lastSeenAt = session.lastSeenAt ?? createdAt
  if (!stillCounts(deps, { createdAt, lastSeenAt }, now)) return null
  const operator = operatorOf(user)
  if (operator.disabledAt !== null) return null
  if (now.getTime() - lastSeenAt.getTime() >= TOUCH_EVERY_MS) await deps.database.tables.touchSession(session.id, now)
  return {
    sessionId: session.id,
    operator,
    signedInAt: createdAt,
    mustEnrol: mustEnrol(deps, operator),
  }
}

function stillCounts(
  { settings }: AccountsDeps,
  { createdAt, lastSeenAt }: { createdAt: Date; lastSeenAt: Date },
  now: Date,
): boolean {
  const idleMs = now.getTime() - lastSeenAt.getTime()
  const ageMs = now.getTime() - createdAt.getTime()
  return idleMs <= settings.sessionIdleMinutes * MINUTE_MS && ageMs <= settings.sessionHours * 60 * MINUTE_MS
}

/** The library reads the account's row together with the session's on each request, so we do not read it again. */
const operatorOf = (user: Auth['$Infer']['Session']['user']): SignedIn['operator'] => ({
  id: user.id,
  email: user.email,
  name: user.name,
  role: roleOf(user.role ?? ''),
  locale: isLocale(user.locale) ? user.locale : null,
  disabledAt: user.disabledAt ?? null,
  secondFactor: user.twoFactorEnabled === true,
  lastSignInAt: user.lastSignInAt ?? null,
  createdAt: user.createdAt,
})

/** A session that began at this time or earlier is not fresh. */
export const staleSince = ({ clock }: AccountsDeps): Date => new Date(clock.now().getTime() - FRESH_MINUTES * MINUTE_MS)

export const isFresh = (deps: AccountsDeps, session: SignedIn): boolean => session.signedInAt > staleSince(deps)

/** Ends the request's session, if there is one, and clears its cookies in any case. */
export async function signOut(deps: AccountsDeps, call: Call): Promise<CookieToSet[]> {
  const { cookies } = deps.settings
  const session = await getSession(deps, call.headers)
  if (session) {
    const { operator } = session
    await deps.database.transaction(async (change) => {
      try {
        await authIn(change, deps).api.signOut({ headers: headersFor(call, cookies.session) })
      } catch (thrown) {
        if (!isAPIError(thrown)) throw thrown
      }
      await change.endSession(session.sessionId)
      await change.audit({
        action: 'sign-in.sign-out',
        actor: actorOf(operator),
        origin: call.origin,
        result: 'done',
        subject: subjectOf(operator.id),
        details: {},
      })
    })
  }
  return [removed(cookies, cookies.session), removed(cookies, cookies.challenge)]
}

/** Valid sessions, last used first, of one operator or (null) of all. */
export async function listSessions(deps: AccountsDeps, operatorId: string | null): Promise<SessionView[]> {
  const now = deps.clock.now()
  const rows = await deps.database.tables.sessions(operatorId)
  return rows.filter((row) => stillCounts(deps, row, now))
}

/** Ends a session at once. `ofOperatorId` is the operator whose session it must be, or null for any. */
export async function endSession(
  deps: AccountsDeps,
  caller: Caller,
  sessionId: string,
  ofOperatorId: string | null,
): Promise<boolean> {
  return deps.database.transaction(async (change) => {
    const sessions = await change.sessions(ofOperatorId)
    if (!sessions.some(({ id }) => id === sessionId)) return false
    const ended = await change.endSession(sessionId)
    if (!ended) return false
    const details = { email: ended.email }
    await change.audit({
      ...caller,
      action: 'session.revoke',
      result: 'done',
      subject: subjectOf(ended.operatorId),
      details,
    })
    return true
  })
}
