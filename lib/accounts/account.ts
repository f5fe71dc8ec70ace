import { isAPIError } from 'better-auth/api'
import { symmetricDecrypt } from 'better-auth/crypto'
import type { Locale } from '../i18n/locale'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { ISSUER } from './auth'
import { cookiesFrom, headersFor, newDevice, sessionTokenIn } from './cookies'
import { type AccountsDeps, actorOf, authIn, subjectOf } from './deps'
import { spendTotp } from './enter-code'
import { guessKey, PASSWORD_UNITS_MAX } from './enter-password'
import { tokenHash } from './hashed-sessions'
import { putNotice } from './notices'
import { HashQueueFull, hashPassword, verifyPassword } from './password-hash'
import { chosenPassword } from './password-policy'
import type { SignInChange } from './ports'
import { isFresh, staleSince } from './sessions'
import type { AccountFault, Call, CookieToSet, Enrolment, SignedIn } from './terms'
import { totpUri } from './totp'

type Told = Result<CookieToSet[], AccountFault>

/** The library wants a password where the stored hash, checked before, decides. */
const CHECKED_BEFORE = 'checked before'

/** One's own password again: counted like a sign-in, since a stolen session could guess here. The hash that was right. */
export async function provePassword(
  room: AccountsDeps,
  { operator }: Pick<SignedIn, 'operator'>,
  password: Redacted,
): Promise<Result<string, AccountFault>> {
  const key = guessKey('own-password', operator.id)
  const turn = await room.passwordGuard.beforeTry(key)
  if (!turn.ok) return fail({ kind: 'wait', waitMs: turn.waitMs })
  const stored = (await room.database.tables.operatorById(operator.id))?.passwordHash ?? null
  if (stored === null || password.reveal().length > PASSWORD_UNITS_MAX) return fail({ kind: 'wrong-password' })
  try {
    if (!(await verifyPassword(stored, password.reveal()))) return fail({ kind: 'wrong-password' })
  } catch (thrown) {
    if (thrown instanceof HashQueueFull) return fail({ kind: 'busy' })
    throw thrown
  }
  await room.passwordGuard.afterSuccess(key)
  return ok(stored)
}

/** A refusal of a change to one's own account leaves its row too. */
async function refused(
  room: AccountsDeps,
  call: Call,
  session: SignedIn,
  action: 'operator.change-password' | 'second-factor.enable',
  fault: AccountFault,
): Promise<{ ok: false; error: AccountFault }> {
  await room.database.transaction((change) =>
    change.audit({ ...entryOf(call, session), action, result: 'refused', details: { reason: fault.kind } }),
  )
  return fail(fault)
}

const entryOf = (call: Call, { operator }: SignedIn) => ({
  actor: actorOf(operator),
  origin: call.origin,
  subject: subjectOf(operator.id),
})

/** The policy's answer to a new password of this operator. */
export const ownPassword = ({ operator }: SignedIn, next: Redacted) =>
  chosenPassword(next, [operator.email, operator.name])

/**
 * Changes one's own password, once the caller has confirmed password and second factor. Every session ends, this one
 * too, and the caller gets a new one. The new session is not fresh, since nothing was confirmed in it.
 */
export async function changePassword(room: AccountsDeps, call: Call, session: SignedIn, next: Redacted): Promise<Told> {
  const { operator } = session
  const chosen = ownPassword(session, next)
  if (!chosen.ok) {
    return refused(room, call, session, 'operator.change-password', { kind: 'password', fault: chosen.error })
  }
  const checked = await confirmedHash(room, session)
  const made = await hashPassword(chosen.value.reveal())
  const { cookies: names, secret } = room.settings
  return inChange(room, async (change) => {
    const { headers } = await authIn(change, room, { checked, made }).api.changePassword({
      body: { currentPassword: CHECKED_BEFORE, newPassword: chosen.value.reveal(), revokeOtherSessions: true },
      headers: headersFor(call, names.session),
      returnHeaders: true,
    })
    const cookies = cookiesFrom(headers, names)
    await change.backdateSession(tokenHash(sessionTokenIn(cookies, names) ?? ''), staleSince(room))
    await change.dropSetupTokens(operator.id)
    const entry = entryOf(call, session)
    await change.audit({ ...entry, action: 'operator.change-password', result: 'done', details: {} })
    return [...cookies, newDevice(names, secret.reveal(), { id: operator.id, passwordHash: made })]
  })
}

/**
 * The hash of the password that the caller has just confirmed. These changes of one's own account decide who owns it: a form
 * that runs one for a session that is not fresh is a bug.
 */
async function confirmedHash(room: AccountsDeps, session: SignedIn): Promise<string> {
  if (!isFresh(room, session)) throw new Error('the caller has not confirmed who they are')
  return (await room.database.tables.operatorById(session.operator.id))?.passwordHash ?? ''
}

/** The library says no only when the session or the password changed under us. */
async function inChange(room: AccountsDeps, work: (change: SignInChange) => Promise<CookieToSet[]>): Promise<Told> {
  try {
    return ok(await room.database.transaction(work))
  } catch (thrown) {
    if (isAPIError(thrown)) return fail({ kind: 'no-session' })
    throw thrown
  }
}

/**
 * Makes a seed that counts for nothing until a code from it has been typed. A session older than ten minutes must give the
 * password again, since whoever adds the factor owns the account.
 */
export async function beginEnrolment(
  room: AccountsDeps,
  call: Call,
  session: SignedIn,
  password: Redacted,
): Promise<Result<null, AccountFault>> {
  let checked = (await room.database.tables.operatorById(session.operator.id))?.passwordHash ?? ''
  if (!isFresh(room, session)) {
    const verified = await provePassword(room, session, password)
    if (!verified.ok) return refused(room, call, session, 'second-factor.enable', verified.error)
    checked = verified.value
  }
  const { cookies: names } = room.settings
  const begun = await inChange(room, async (change) => {
    await authIn(change, room, { checked }).api.enableTwoFactor({
      body: { password: CHECKED_BEFORE, method: 'totp', issuer: ISSUER },
      headers: headersFor(call, names.session),
    })
    return []
  })
  return begun.ok ? ok(null) : begun
}

/** The seed that waits for its first code, for its owner's page only; null when there is none. */
export async function pendingEnrolment(room: AccountsDeps, { operator }: SignedIn): Promise<Enrolment | null> {
  const stored = await room.database.tables.secondFactor(operator.id)
  if (!stored || stored.verified) return null
  const seed = await symmetricDecrypt({ key: room.settings.secret.reveal(), data: stored.secret })
  const { uri, secret } = totpUri(ISSUER, operator.email, seed)
  return { uri: new Redacted(uri), secret: new Redacted(secret) }
}

/** The first right code turns the factor on, ends every other session, and gives this one a new id. */
export async function confirmEnrolment(
  room: AccountsDeps,
  call: Call,
  session: SignedIn,
  typed: Redacted,
): Promise<Told> {
  const { operator } = session
  const code = typed.reveal().replace(/\s/g, '')
  const key = guessKey('enrol', operator.id)
  const turn = await room.codeGuard.beforeTry(key)
  if (!turn.ok) return refused(room, call, session, 'second-factor.enable', { kind: 'wait', waitMs: turn.waitMs })
  if (!(await pendingEnrolment(room, session))) {
    return refused(room, call, session, 'second-factor.enable', { kind: 'not-enrolling' })
  }
  const { cookies: names } = room.settings
  let isRight = true
  const told = await inChange(room, async (change) => {
    isRight = await spendTotp(room, change, operator.id, code)
    if (!isRight) {
      const entry = entryOf(call, session)
      await change.audit({
        ...entry,
        action: 'second-factor.enable',
        result: 'refused',
        details: { reason: 'wrong-code' },
      })
      return []
    }
    const { api } = authIn(change, room)
    const { headers } = await api.verifyTOTP({
      body: { code },
      headers: headersFor(call, names.session),
      returnHeaders: true,
    })
    const cookies = cookiesFrom(headers, names)
    await keepOnly(change, operator.id, sessionTokenIn(cookies, names))
    const { backupCodes } = await api.viewBackupCodes({ body: { userId: operator.id } })
    await putNotice(room, change, operator.id, { kind: 'backup-codes', codes: backupCodes })
    await change.audit({ ...entryOf(call, session), action: 'second-factor.enable', result: 'done', details: {} })
    return cookies
  })
  if (!isRight) return fail({ kind: 'wrong-code' })
  if (told.ok) await room.codeGuard.afterSuccess(key)
  return told
}

async function keepOnly(change: SignInChange, operatorId: string, token: string | null): Promise<void> {
  if (token === null) return
  const row = (await change.models.session.findFirst?.({ where: { token: tokenHash(token) } })) as { id: string } | null
  if (row) await change.endSessions(operatorId, row.id)
}

/** Turns one's own factor off, e.g. before a new phone, once the caller has confirmed it. Where the policy demands one, the next page asks for it again. */
export async function removeOwnFactor(room: AccountsDeps, call: Call, session: SignedIn): Promise<void> {
  await confirmedHash(room, session)
  await room.database.transaction(async (change) => {
    await change.removeSecondFactor(session.operator.id)
    await change.dropNotice(session.operator.id)
    await change.endSessions(session.operator.id, session.sessionId)
    await change.audit({ ...entryOf(call, session), action: 'second-factor.disable', result: 'done', details: {} })
  })
}

/** Ten new backup codes, once the caller has confirmed password and second factor; the old codes stop working. */
export async function renewBackupCodes(
  room: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault>> {
  const checked = await confirmedHash(room, session)
  const { operator } = session
  const renewed = await inChange(room, async (change) => {
    const { backupCodes } = await authIn(change, room, { checked }).api.generateBackupCodes({
      body: { password: CHECKED_BEFORE },
      headers: headersFor(call, room.settings.cookies.session),
    })
    await putNotice(room, change, operator.id, { kind: 'backup-codes', codes: backupCodes })
    await change.audit({ ...entryOf(call, session), action: 'second-factor.backup-codes', result: 'done', details: {} })
    return []
  })
  return renewed.ok ? ok(null) : renewed
}

/** A preference, not a matter of security: no audit row. */
export const chooseLocale = (room: AccountsDeps, operatorId: string, locale: Locale | null): Promise<void> =>
  room.database.transaction((change) => change.updateOperator(operatorId, { locale }))
