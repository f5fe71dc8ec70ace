import { randomBytes } from 'node:crypto'
import { appendAudit, auditEntry } from '../audit'
import type { Tx } from '../db'
import { type Caller, HOUR_MS, MINUTE_MS, SECOND_MS } from '../kernel'
import { removed, signedCookie, signedValue } from './cookies'
import { type AccountsDeps, mustEnrol, ownEntry, subjectOf } from './deps'
import { FRESH_MINUTES } from './settings'
import { lockOperator } from './store/operators'
import { dropSeed } from './store/second-factor'
import { createSession, holderOf, readSessions, removeSession, removeSessions, touchSession } from './store/sessions'
import type { Call, CookieToSet, SignedIn } from './terms'

const TOKEN_BYTES = 24
const USER_AGENT_CHARS_MAX = 200

/**
 * A new session of an operator, and its cookie. Each sign-in has its own token, so no one can plant one.
 *
 * @param createdAt when it counts as begun, which decides whether it is fresh
 */
export async function beginSession(
  { settings, clock }: AccountsDeps,
  tx: Tx,
  call: Call,
  operatorId: string,
  createdAt = clock.now(),
): Promise<CookieToSet> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const ms = settings.sessionHours * HOUR_MS
  await createSession(tx, token, {
    userId: operatorId,
    createdAt,
    lastSeenAt: clock.now(),
    expiresAt: new Date(clock.now().getTime() + ms),
    ipAddress: call.origin.address,
    userAgent: call.headers.get('user-agent')?.slice(0, USER_AGENT_CHARS_MAX) ?? null,
  })
  return signedCookie(settings, settings.cookies.session, token, ms / 1000)
}

/** The session that a request names, if its signature is ours. Whether it still counts is in the database. */
export const signedSession = ({ settings }: AccountsDeps, headers: Headers): string | null =>
  signedValue(headers, settings.cookies.session, settings.secret.reveal())

/**
 * The holder of the request's session. Checked on every request and never cached, so a disabled account, another role or a removed
 * session counts at once. Null after an hour without a request or after twelve hours in all, or less if the deployment says so.
 */
export async function getSession(deps: AccountsDeps, headers: Headers): Promise<SignedIn | null> {
  const { db, clock } = deps
  const token = signedSession(deps, headers)
  const stored = token === null ? null : await holderOf(db, token)
  if (!stored) return null
  const { session, operator } = stored
  const now = clock.now()
  const { id: sessionId, createdAt: signedInAt, lastSeenAt } = session
  const times = timesThatCount(deps, now)
  if (!isIn(times.lastSeenAt, lastSeenAt) || !isIn(times.createdAt, signedInAt)) return null
  if (session.expiresAt <= now || operator.disabledAt !== null) return null
  // A busy page writes this at most once in a sixtieth of the time after which the session ends as idle.
  if (Math.abs(now.getTime() - lastSeenAt.getTime()) >= deps.settings.sessionIdleMinutes * SECOND_MS)
    await touchSession(db, sessionId, now)
  return { sessionId, operator, signedInAt, mustEnrol: mustEnrol(deps, operator) }
}

/** When a session that counts began and was last used: not long ago, and not as long after now, which the clock shows if it was set back. */
const timesThatCount = ({ settings }: AccountsDeps, now: Date) => ({
  lastSeenAt: around(now, settings.sessionIdleMinutes),
  createdAt: around(now, settings.sessionHours * 60),
})

const around = (now: Date, minutes: number) => ({
  gte: new Date(now.getTime() - minutes * MINUTE_MS),
  lte: new Date(now.getTime() + minutes * MINUTE_MS),
})

const isIn = ({ gte, lte }: ReturnType<typeof around>, at: Date): boolean => at >= gte && at <= lte

/** A session that began at this time or earlier is not fresh. */
export const staleSince = ({ clock }: AccountsDeps): Date => new Date(clock.now().getTime() - FRESH_MINUTES * MINUTE_MS)

/** A session that began up to ten minutes ago. One that begins later than ten minutes from now is not fresh: the clock was set back. */
export const isFresh = ({ clock }: AccountsDeps, { signedInAt }: SignedIn): boolean =>
  Math.abs(clock.now().getTime() - signedInAt.getTime()) < FRESH_MINUTES * MINUTE_MS

/** Ends the request's session, if there is one, and clears its cookies in any case. */
export async function signOut(deps: AccountsDeps, call: Call): Promise<CookieToSet[]> {
  const session = await getSession(deps, call.headers)
  if (session) {
    await deps.db.$transaction(async (tx) => {
      await removeSession(tx, session.sessionId, null)
      await appendAudit(tx, ownEntry('sign-in.sign-out', call, session.operator), deps.clock.now())
    })
  }
  return [removed(deps.settings, 'session'), removed(deps.settings, 'challenge')]
}

/** A page has this many: a program that signs in again each time has thousands. */
const SESSIONS_MAX = 25

/** The valid sessions that were used last, of one operator or (null) of all, and how many there are. */
export const listSessions = (deps: AccountsDeps, operatorId: string | null) =>
  readSessions(deps.db, operatorId, timesThatCount(deps, deps.clock.now()), SESSIONS_MAX)

/** Ends a session at once. `ofOperatorId` is the operator whose session it must be, or null for any. */
export async function endSession(deps: AccountsDeps, caller: Caller, sessionId: string, ofOperatorId: string | null) {
  return deps.db.$transaction(async (tx) => {
    const ended = await removeSession(tx, sessionId, ofOperatorId)
    if (!ended) return false
    await dropSeed(tx, ended.operatorId) // it may have seen it
    const entry = auditEntry('session.revoke', caller, subjectOf(ended.operatorId), { email: ended.email })
    await appendAudit(tx, entry, deps.clock.now())
    return true
  })
}

/** Ends all sessions of an operator but this one. */
export const endOtherSessions = (deps: AccountsDeps, caller: Caller, operatorId: string, sessionId: string) =>
  deps.db.$transaction(async (tx) => {
    await lockOperator(tx, operatorId)
    const sessions = await removeSessions(tx, operatorId, sessionId)
    const entry = auditEntry('session.revoke-others', caller, subjectOf(operatorId), { sessions })
    if (sessions > 0) await appendAudit(tx, entry, deps.clock.now())
  })
