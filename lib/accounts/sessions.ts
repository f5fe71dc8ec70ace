import { isAPIError } from 'better-auth/api'
import { auditEntry } from '../audit'
import { type Caller, MINUTE_MS } from '../kernel'
import { headersFor, removed, signedValue } from './cookies'
import { type AccountsDeps, authIn, mustEnrol, ownEntry, subjectOf } from './deps'
import { FRESH_MINUTES } from './settings'
import type { Call, CookieToSet, SessionView, SignedIn } from './terms'

/** A busy page writes this at most once a minute. */
const TOUCH_EVERY_MS = MINUTE_MS

/** The session that a request names, if its signature is ours. Whether it still counts is in the database. */
export const signedSession = ({ settings }: AccountsDeps, headers: Headers): string | null =>
  signedValue(headers, settings.cookies.session, settings.secret.reveal())

/**
 * The holder of the request's session. Checked on every request and never cached, so a disabled account, another role or a removed
 * session counts at once. Null after an hour without a request or after twelve hours in all, or less if the deployment says so.
 */
export async function getSession(deps: AccountsDeps, headers: Headers): Promise<SignedIn | null> {
  const { database, clock } = deps
  const token = signedSession(deps, headers)
  const stored = token === null ? null : await database.tables.holderOf(token)
  if (!stored) return null
  const { session, operator } = stored
  const now = clock.now()
  if (session.expiresAt <= now || !stillCounts(deps, session, now) || operator.disabledAt !== null) return null
  const { id: sessionId, createdAt: signedInAt, lastSeenAt } = session
  if (Math.abs(now.getTime() - lastSeenAt.getTime()) >= TOUCH_EVERY_MS)
    await database.tables.touchSession(sessionId, now)
  return { sessionId, operator, signedInAt, mustEnrol: mustEnrol(deps, operator) }
}

/** One that begins, or was used, as long after now does not either: the clock was set back, and it would count until then. */
function stillCounts(
  { settings }: AccountsDeps,
  { createdAt, lastSeenAt }: { createdAt: Date; lastSeenAt: Date },
  now: Date,
): boolean {
  const idleMs = Math.abs(now.getTime() - lastSeenAt.getTime())
  const ageMs = Math.abs(now.getTime() - createdAt.getTime())
  return idleMs <= settings.sessionIdleMinutes * MINUTE_MS && ageMs <= settings.sessionHours * 60 * MINUTE_MS
}

/** A session that began at this time or earlier is not fresh. */
export const staleSince = ({ clock }: AccountsDeps): Date => new Date(clock.now().getTime() - FRESH_MINUTES * MINUTE_MS)

/** Neither is one that begins as long after now, since the clock was set back. */
export const isFresh = ({ clock }: AccountsDeps, { signedInAt }: SignedIn): boolean =>
  Math.abs(clock.now().getTime() - signedInAt.getTime()) < FRESH_MINUTES * MINUTE_MS

/** Ends the request's session, if there is one, and clears its cookies in any case. */
export async function signOut(deps: AccountsDeps, call: Call): Promise<CookieToSet[]> {
  const { cookies } = deps.settings
  const session = await getSession(deps, call.headers)
  if (session) {
    await deps.database.transaction(async (change) => {
      try {
        await authIn(change, deps).api.signOut({ headers: headersFor(call, cookies.session) })
      } catch (thrown) {
        if (!isAPIError(thrown)) throw thrown
      }
      await change.endSession(session.sessionId)
      await change.audit(ownEntry('sign-in.sign-out', call, session.operator))
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
export async function endSession(deps: AccountsDeps, caller: Caller, sessionId: string, ofOperatorId: string | null) {
  return deps.database.transaction(async (change) => {
    const sessions = await change.sessions(ofOperatorId)
    if (!sessions.some(({ id }) => id === sessionId)) return false
    const ended = await change.endSession(sessionId)
    if (!ended) return false
    await change.audit(auditEntry('session.revoke', caller, subjectOf(ended.operatorId), { email: ended.email }))
    return true
  })
}
