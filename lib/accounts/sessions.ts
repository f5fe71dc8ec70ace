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

/** One library instance over the pool, made once for each room: every request asks it. */
const readers = new WeakMap<AccountsDeps, Auth>()

function reader(room: AccountsDeps): Auth {
  const known = readers.get(room) ?? createAuth(room.database.tables.models, room.settings)
  readers.set(room, known)
  return known
}

/**
 * The holder of the request's session, judged anew on every request: nothing is cached, so a disabled account, another
 * role or a removed session counts at once. Null after an hour without a request or twelve hours in all, or as much
 * less as the deployment asks for.
 */
export async function getSession(room: AccountsDeps, headers: Headers): Promise<SignedIn | null> {
  const seen = headersFor({ headers, origin: NOWHERE }, room.settings.cookies.session)
  if (!seen.has('cookie')) return null
  const found = await reader(room).api.getSession({ headers: seen, query: { disableRefresh: true } })
  if (!found) return null
  const { session, user } = found
  const now = room.clock.now()
  const { createdAt } = session
  const lastSeenAt = session.lastSeenAt ?? createdAt
  if (!stillCounts(room, { createdAt, lastSeenAt }, now)) return null
  const operator = operatorOf(user)
  if (operator.disabledAt !== null) return null
  if (now.getTime() - lastSeenAt.getTime() >= TOUCH_EVERY_MS) await room.database.tables.touchSession(session.id, now)
  return {
    sessionId: session.id,
    operator,
    signedInAt: createdAt,
    mustEnrol: mustEnrol(room, operator),
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

/** The library reads the account's row together with the session's, anew each time; ours need not read it again. */
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

/** A session that began at this time, or before, is not fresh. */
export const staleSince = ({ clock }: AccountsDeps): Date => new Date(clock.now().getTime() - FRESH_MINUTES * MINUTE_MS)

export const isFresh = (room: AccountsDeps, session: SignedIn): boolean => session.signedInAt > staleSince(room)

/** Ends the request's session, if there is one, and clears its cookies either way. */
export async function signOut(room: AccountsDeps, call: Call): Promise<CookieToSet[]> {
  const { cookies } = room.settings
  const session = await getSession(room, call.headers)
  if (session) {
    const { operator } = session
    await room.database.transaction(async (change) => {
      try {
        await authIn(change, room).api.signOut({ headers: headersFor(call, cookies.session) })
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

/** Sessions that still count, newest use first: one operator's, or everybody's. */
export async function listSessions(room: AccountsDeps, operatorId: string | null): Promise<SessionView[]> {
  const now = room.clock.now()
  const rows = await room.database.tables.sessions(operatorId)
  return rows.filter((row) => stillCounts(room, row, now))
}

/** Ends a session at once; `ofOperatorId` names whose it must be when a person ends one of their own. */
export async function endSession(
  room: AccountsDeps,
  caller: Caller,
  sessionId: string,
  ofOperatorId: string | null,
): Promise<boolean> {
  return room.database.transaction(async (change) => {
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
