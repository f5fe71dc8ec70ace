import { isAPIError } from 'better-auth/api'
import { refuse } from '../audit'
import type { Locale } from '../i18n/locale'
import { fail, MINUTE_MS, ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { ISSUER } from './auth'
import { cookiesFrom, headersFor, newDevice, sessionTokenIn } from './cookies'
import { type AccountsDeps, authIn, openSealed, ownEntry } from './deps'
import { spendTotp } from './enter-code'
import { checkPassword, guessKey } from './enter-password'
import { tokenHash } from './hashed-sessions'
import { putNotice } from './notices'
import { hashPassword } from './password-hash'
import { chosenPassword } from './password-policy'
import { isFresh, staleSince } from './sessions'
import { ENROLMENT_MINUTES } from './settings'
import type { SignInChange } from './store'
import type { AccountFault, Call, CookieToSet, Enrolment, SignedIn } from './terms'
import { totpUri } from './totp'

type AccountResult = Result<CookieToSet[], AccountFault>

/** Passed to the library where it requires a password, because the stored hash was checked before. */
const CHECKED_BEFORE = 'checked before'

/**
 * Checks one's own password again. Counted like a sign-in, because the thief of a session could guess here.
 *
 * @returns the stored hash that the password matches
 */
export async function provePassword(
  deps: AccountsDeps,
  { operator }: Pick<SignedIn, 'operator'>,
  password: Redacted,
): Promise<Result<string, AccountFault>> {
  const key = guessKey('own-password', operator.id)
  const turn = await deps.passwordGuard.beforeGuess(key)
  if (!turn.ok) return fail({ kind: 'wait', waitMs: turn.waitMs })
  const stored = await deps.database.tables.operatorById(operator.id)
  const checked = await checkPassword(stored, password)
  if (checked === 'busy') {
    await deps.passwordGuard.giveBack(key)
    return fail({ kind: 'busy' })
  }
  if (checked === 'wrong' || !stored?.passwordHash) return fail({ kind: 'wrong-password' })
  await deps.passwordGuard.afterSuccess(key)
  return ok(stored.passwordHash)
}

/** Whether the password policy accepts this new password of the operator. */
export const mayChoosePassword = (_deps: AccountsDeps, session: SignedIn, next: Redacted): boolean =>
  ownPassword(session, next).ok

const ownPassword = ({ operator }: SignedIn, next: Redacted) => chosenPassword(next, [operator.email, operator.name])

/**
 * Changes one's own password. The caller has confirmed password and second factor before. Every session ends, this one included, and the
 * caller gets a new one. The new session is not fresh, because nothing was confirmed in it.
 */
export async function changePassword(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
  next: Redacted,
): Promise<AccountResult> {
  const { operator } = session
  const chosen = ownPassword(session, next)
  const entry = ownEntry('operator.change-password', call, operator)
  if (!chosen.ok) return refuse(deps, entry, { kind: 'password', fault: chosen.error })
  const checked = await confirmedHash(deps, session)
  const newHash = await hashPassword(chosen.value.reveal())
  const { cookies: names, secret } = deps.settings
  return inChange(deps, async (change) => {
    await change.lockOperator(operator.id)
    const { headers } = await authIn(change, deps, { checked, newHash }).api.changePassword({
      body: { currentPassword: CHECKED_BEFORE, newPassword: chosen.value.reveal(), revokeOtherSessions: true },
      headers: headersFor(call, names.session),
      returnHeaders: true,
    })
    const cookies = cookiesFrom(headers, names)
    await keepOnly(change, { operator, signedInAt: staleSince(deps) }, sessionTokenIn(cookies, names))
    await change.dropSetupTokens(operator.id)
    await change.audit(entry)
    return [...cookies, newDevice(names, secret.reveal(), { id: operator.id, passwordHash: newHash })]
  })
}

/** These changes decide who owns the account, so a form that runs one for a session that is not fresh is a bug. */
function assertFresh(deps: AccountsDeps, session: SignedIn): void {
  if (!isFresh(deps, session)) throw new Error('the caller has not confirmed who they are')
}

/** The hash of the password that the caller has just confirmed. */
async function confirmedHash(deps: AccountsDeps, session: SignedIn): Promise<string> {
  assertFresh(deps, session)
  return (await deps.database.tables.operatorById(session.operator.id))?.passwordHash ?? ''
}

/** The library refuses only if the session or the password changed in the meantime. */
async function inChange<T>(
  deps: AccountsDeps,
  work: (change: SignInChange) => Promise<T>,
): Promise<Result<T, AccountFault>> {
  try {
    return ok(await deps.database.transaction(work))
  } catch (thrown) {
    if (isAPIError(thrown)) return fail({ kind: 'no-session' })
    throw thrown
  }
}

/** Creates a seed, which counts only once a code from it has been entered, in time. Another tab may have set up a second factor already. */
export async function beginEnrolment(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault | { kind: 'already-enrolled' }>> {
  const checked = await confirmedHash(deps, session)
  const { cookies: names } = deps.settings
  const entry = ownEntry('second-factor.begin', call, session.operator)
  const begun = await inChange(deps, async (change) => {
    if (await change.lockOperator(session.operator.id)) return 'already-enrolled'
    await authIn(change, deps, { checked }).api.enableTwoFactor({
      body: { password: CHECKED_BEFORE, method: 'totp', issuer: ISSUER },
      headers: headersFor(call, names.session),
    })
    const expiresAt = new Date(deps.clock.now().getTime() + ENROLMENT_MINUTES * MINUTE_MS)
    await change.limitEnrolment(session.operator.id, expiresAt)
    await change.audit(entry)
    return null
  })
  if (!begun.ok) return begun
  return begun.value === null ? ok(null) : refuse(deps, entry, { kind: begun.value })
}

/** The seed that waits for its first code, for its owner's page in a fresh session only. Null if there is none, or its time is over. */
export async function pendingEnrolment(
  deps: AccountsDeps,
  { operator }: SignedIn,
  tables: Pick<SignInChange, 'secondFactor'> = deps.database.tables,
): Promise<Enrolment | null> {
  const stored = await tables.secondFactor(operator.id)
  if (!stored || stored.verified || !stored.expiresAt || stored.expiresAt <= deps.clock.now()) return null
  const seed = await openSealed(deps, stored.secret)
  if (seed === null) return null
  const { uri, secret } = totpUri(ISSUER, operator.email, seed)
  return { uri: new Redacted(uri), secret: new Redacted(secret) }
}

/** The first correct code turns the factor on, ends every other session, and gives this one a new ID, but no longer time. */
export async function confirmEnrolment(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
  typed: Redacted,
): Promise<AccountResult> {
  assertFresh(deps, session)
  const { operator } = session
  const code = typed.reveal().replace(/\s/g, '')
  const key = guessKey('enrol', operator.id)
  const entry = ownEntry('second-factor.enable', call, operator)
  const turn = await deps.codeGuard.beforeGuess(key)
  if (!turn.ok) return refuse(deps, entry, { kind: 'wait', waitMs: turn.waitMs })
  const { cookies: names } = deps.settings
  let fault = null as 'not-enrolling' | 'wrong-code' | null
  const enrolled = await inChange(deps, async (change) => {
    await change.lockOperator(operator.id)
    if (!(await pendingEnrolment(deps, session, change))) fault = 'not-enrolling'
    else if (!(await spendTotp(deps, change, operator.id, code))) fault = 'wrong-code'
    if (fault) return []
    const { api } = authIn(change, deps)
    const { headers } = await api.verifyTOTP({
      body: { code },
      headers: headersFor(call, names.session),
      returnHeaders: true,
    })
    const cookies = cookiesFrom(headers, names)
    await keepOnly(change, session, sessionTokenIn(cookies, names))
    const { backupCodes } = await api.viewBackupCodes({ body: { userId: operator.id } })
    await putNotice(deps, change, operator.id, { kind: 'backup-codes', codes: backupCodes })
    await change.audit(entry)
    return cookies
  })
  if (fault) return refuse(deps, entry, { kind: fault })
  if (enrolled.ok) await deps.codeGuard.afterSuccess(key)
  return enrolled
}

/** Ends all sessions but the one with this token, which counts as begun at `signedInAt`. */
async function keepOnly(
  change: SignInChange,
  { operator, signedInAt }: Pick<SignedIn, 'operator' | 'signedInAt'>,
  token: string | null,
): Promise<void> {
  const one = { token: tokenHash(token ?? '') }
  await change.endSessions(operator.id, one)
  await change.backdateSession(one, signedInAt)
}

/** Turns one's own factor off, e.g. before a new phone, once the caller has confirmed it. Where the policy demands one, the next page asks for it again. */
export async function removeOwnFactor(deps: AccountsDeps, call: Call, session: SignedIn): Promise<void> {
  await confirmedHash(deps, session)
  await deps.database.transaction(async (change) => {
    await change.removeSecondFactor(session.operator.id)
    await change.dropNotice(session.operator.id)
    await change.endSessions(session.operator.id, { id: session.sessionId })
    await change.audit(ownEntry('second-factor.disable', call, session.operator))
  })
}

/** Ten new backup codes, once the caller has confirmed password and second factor; the old codes stop working. */
export async function renewBackupCodes(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault>> {
  const checked = await confirmedHash(deps, session)
  const { operator } = session
  return inChange(deps, async (change) => {
    const { backupCodes } = await authIn(change, deps, { checked }).api.generateBackupCodes({
      body: { password: CHECKED_BEFORE },
      headers: headersFor(call, deps.settings.cookies.session),
    })
    await putNotice(deps, change, operator.id, { kind: 'backup-codes', codes: backupCodes })
    await change.audit(ownEntry('second-factor.backup-codes', call, operator))
    return null
  })
}

export async function backupCodesLeft(deps: AccountsDeps, operatorId: string): Promise<number> {
  const stored = await deps.database.tables.secondFactor(operatorId)
  const codes = stored && (await openSealed(deps, stored.backupCodes))
  return codes ? (JSON.parse(codes) as string[]).length : 0
}

/** A preference that does not concern security, so it leaves no audit entry. */
export const chooseLocale = (deps: AccountsDeps, operatorId: string, locale: Locale | null): Promise<unknown> =>
  deps.database.transaction((change) => change.updateOperator(operatorId, { locale }))
