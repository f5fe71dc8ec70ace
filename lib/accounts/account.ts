import { randomBytes } from 'node:crypto'
import { type AuditEntry, refuse } from '../audit'
import { rollBack } from '../db'
import type { Locale } from '../i18n/locale'
import { fail, MINUTE_MS, ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { newBackupCodes, openedCodes, sealedCodes } from './backup-codes'
import { newDevice } from './cookies'
import { type AccountsDeps, ownEntry } from './deps'
import { spendTotp } from './enter-code'
import { checkPassword, guessKey } from './enter-password'
import { putNotice } from './notices'
import { hashPassword } from './password-hash'
import { chosenPassword } from './password-policy'
import { openSealed, seal } from './sealed'
import { beginSession, isFresh, staleSince } from './sessions'
import { ENROLMENT_MINUTES } from './settings'
import type { SignInChange } from './store'
import type { AccountFault, Call, CookieToSet, Enrolment, SignedIn } from './terms'
import { totpUri } from './totp'

type AccountResult = Result<CookieToSet[], AccountFault>

const ISSUER = 'Postroom'
/** 32 characters of six random bits. */
const SEED_BYTES = 24

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
  assertFresh(deps, session)
  const newHash = await hashPassword(chosen.value.reveal())
  return inStep(deps, entry, async (change) => {
    await change.lockOperator(operator.id)
    await assertCurrent(change, session)
    await change.setPassword(operator.id, newHash, deps.clock.now())
    await change.dropSetupTokens(operator.id)
    await change.endSessions(operator.id)
    const renewed = await beginSession(deps, change, call, operator.id, staleSince(deps))
    await change.audit(entry)
    return [renewed, newDevice(deps.settings, { id: operator.id, passwordHash: newHash })]
  })
}

/** These changes decide who owns the account, so a form that runs one for a session that is not fresh is a bug. */
function assertFresh(deps: AccountsDeps, session: SignedIn): void {
  if (!isFresh(deps, session)) throw new Error('the caller has not confirmed who they are')
}

/** One change of one's own account. If it rolls back, that is recorded and the fault returned. */
async function inStep<T, Fault extends { kind: string } = AccountFault>(
  deps: AccountsDeps,
  entry: AuditEntry,
  work: (change: SignInChange) => Promise<T>,
): Promise<Result<T, Fault>> {
  const done = await deps.database.inOneStep<T, Fault>(work)
  return done.ok ? done : refuse(deps, entry, done.error)
}

const deny = (kind: 'no-session' | 'already-enrolled' | 'not-enrolled' | 'not-enrolling' | 'wrong-code'): never =>
  rollBack({ kind })

/** The session may have ended since the caller confirmed who they are. It ends with every change of the password. */
async function assertCurrent(change: SignInChange, { sessionId }: SignedIn): Promise<void> {
  if (!(await change.hasSession(sessionId))) deny('no-session')
}

/** Creates a seed, which counts only once a code from it has been entered, in time. Another tab may have set up a second factor already. */
export async function beginEnrolment(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault | { kind: 'already-enrolled' }>> {
  assertFresh(deps, session)
  const { operator } = session
  const entry = ownEntry('second-factor.begin', call, operator)
  return inStep(deps, entry, async (change) => {
    if (await change.lockOperator(operator.id)) deny('already-enrolled')
    await assertCurrent(change, session)
    await change.putSecondFactor(operator.id, {
      secret: seal(deps, randomBytes(SEED_BYTES).toString('base64url')),
      backupCodes: sealedCodes(deps, newBackupCodes()),
      expiresAt: new Date(deps.clock.now().getTime() + ENROLMENT_MINUTES * MINUTE_MS),
    })
    await change.audit(entry)
    return null
  })
}

/** The seed that waits for its first code, for its owner's page in a fresh session only. Null if there is none, or its time is over. */
export async function pendingEnrolment(
  deps: AccountsDeps,
  { operator }: SignedIn,
  tables: Pick<SignInChange, 'secondFactor'> = deps.database.tables,
): Promise<Enrolment | null> {
  const stored = await tables.secondFactor(operator.id)
  if (!stored || stored.verified || !stored.expiresAt || stored.expiresAt <= deps.clock.now()) return null
  const seed = openSealed(deps, stored.secret)
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
  const enrolled = await inStep(deps, entry, async (change) => {
    await change.lockOperator(operator.id)
    await assertCurrent(change, session)
    if (!(await pendingEnrolment(deps, session, change))) deny('not-enrolling')
    if (!(await spendTotp(deps, change, operator.id, code))) deny('wrong-code')
    await change.confirmSecondFactor(operator.id)
    await change.endSessions(operator.id)
    const renewed = await beginSession(deps, change, call, operator.id, session.signedInAt)
    const { backupCodes = '' } = (await change.secondFactor(operator.id)) ?? {}
    await putNotice(deps, change, operator.id, { kind: 'backup-codes', codes: openedCodes(deps, backupCodes) })
    await change.audit(entry)
    return [renewed]
  })
  if (enrolled.ok) await deps.codeGuard.afterSuccess(key)
  return enrolled
}

/** Turns one's own factor off, e.g. before a new phone, once the caller has confirmed it. Where the policy demands one, the next page asks for it again. */
export async function removeOwnFactor(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault>> {
  assertFresh(deps, session)
  const { operator, sessionId } = session
  const entry = ownEntry('second-factor.disable', call, operator)
  return inStep(deps, entry, async (change) => {
    await change.lockOperator(operator.id)
    await assertCurrent(change, session)
    await change.removeSecondFactor(operator.id)
    await change.dropNotice(operator.id)
    await change.endSessions(operator.id, sessionId)
    await change.audit(entry)
    return null
  })
}

/** Ten new backup codes, once the caller has confirmed password and second factor; the old codes stop working. */
export async function renewBackupCodes(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault | { kind: 'not-enrolled' }>> {
  assertFresh(deps, session)
  const { operator } = session
  const entry = ownEntry('second-factor.backup-codes', call, operator)
  return inStep(deps, entry, async (change) => {
    const isEnrolled = await change.lockOperator(operator.id)
    await assertCurrent(change, session)
    if (!isEnrolled) deny('not-enrolled')
    const codes = newBackupCodes()
    await change.putBackupCodes(operator.id, sealedCodes(deps, codes))
    await putNotice(deps, change, operator.id, { kind: 'backup-codes', codes })
    await change.audit(entry)
    return null
  })
}

export async function backupCodesLeft(deps: AccountsDeps, operatorId: string): Promise<number> {
  const stored = await deps.database.tables.secondFactor(operatorId)
  return stored ? openedCodes(deps, stored.backupCodes).length : 0
}

/** A preference that does not concern security, so it leaves no audit entry. */
export const chooseLocale = (deps: AccountsDeps, operatorId: string, locale: Locale | null): Promise<unknown> =>
  deps.database.transaction((change) => change.updateOperator(operatorId, { locale }))
