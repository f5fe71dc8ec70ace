import { randomBytes } from 'node:crypto'
import { type AuditEntry, appendAudit, refuse } from '../audit'
import { type Db, inOneStep, rollBack, type Tx } from '../db'
import type { Locale } from '../i18n/locale'
import { fail, MINUTE_MS, ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { newBackupCodes, openedCodes, sealedCodes } from './backup-codes'
import { newDevice } from './cookies'
import { type AccountsDeps, ownEntry } from './deps'
import { spendTotp } from './enter-code'
import { checkPassword, guessKey } from './enter-password'
import { keepNotice } from './notices'
import { hashPassword } from './password-hash'
import { chosenPassword } from './password-policy'
import { openSealed, seal } from './sealed'
import { beginSession, isFresh, staleSince } from './sessions'
import { ENROLMENT_MINUTES } from './settings'
import { dropSetupTokens } from './store/links'
import { deleteNotice } from './store/notices'
import { lockOperator, operatorById, setPassword, updateOperator } from './store/operators'
import {
  confirmSecondFactor,
  putBackupCodes,
  putSecondFactor,
  readSecondFactor,
  removeSecondFactor,
} from './store/second-factor'
import { hasSession, removeSessions } from './store/sessions'
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
  const stored = await operatorById(deps.db, operator.id)
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
  const newHash = await hashPassword(chosen.value.reveal())
  return changeOwn(deps, session, entry, async (tx) => {
    await setPassword(tx, operator.id, newHash, deps.clock.now())
    await dropSetupTokens(tx, operator.id)
    await removeSessions(tx, operator.id)
    const renewed = await beginSession(deps, tx, call, operator.id, staleSince(deps))
    return [renewed, newDevice(deps.settings, { id: operator.id, passwordHash: newHash })]
  })
}

/**
 * One change of one's own account, with its audit entry. If it rolls back, that is recorded and the fault returned.
 *
 * @param work gets whether a second factor is confirmed
 * @param check gets the same first: where another tab has just confirmed one, which ended this session, its refusal says more
 * @throws if the session is not fresh: these changes decide who owns the account, so a form that runs one for such a session is a bug
 */
async function changeOwn<T, Fault extends { kind: string } = AccountFault>(
  deps: AccountsDeps,
  session: SignedIn,
  entry: AuditEntry,
  work: (tx: Tx, isEnrolled: boolean) => Promise<T>,
  check: (isEnrolled: boolean) => void = () => {},
): Promise<Result<T, Fault>> {
  if (!isFresh(deps, session)) throw new Error('the caller has not confirmed who they are')
  const done = await inOneStep<T, Fault>(deps.db, async (tx) => {
    const isEnrolled = await lockOperator(tx, session.operator.id)
    check(isEnrolled)
    // The session may have ended since the caller confirmed who they are. It ends with every change of the password.
    if (!(await hasSession(tx, session.sessionId))) deny('no-session')
    const result = await work(tx, isEnrolled)
    await appendAudit(tx, entry, deps.clock.now())
    return result
  })
  return done.ok ? done : refuse(deps, entry, done.error)
}

const deny = (kind: 'no-session' | 'already-enrolled' | 'not-enrolled' | 'not-enrolling' | 'wrong-code'): never =>
  rollBack({ kind })

/** Creates a seed, which counts only once a code from it has been entered, in time. Another tab may show one, or have set up a second factor already. */
export async function beginEnrolment(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault | { kind: 'already-enrolled' }>> {
  const { operator } = session
  const entry = ownEntry('second-factor.begin', call, operator)
  const hasNone = (isEnrolled: boolean) => void (isEnrolled && deny('already-enrolled'))
  const begin = async (tx: Tx) => {
    if (await pendingEnrolment(deps, session, tx)) return null
    await putSecondFactor(tx, operator.id, {
      secret: seal(deps, randomBytes(SEED_BYTES).toString('base64url')),
      backupCodes: sealedCodes(deps, newBackupCodes()),
      expiresAt: new Date(deps.clock.now().getTime() + ENROLMENT_MINUTES * MINUTE_MS),
    })
    return null
  }
  return changeOwn(deps, session, entry, begin, hasNone)
}

/** The seed that waits for its first code, for its owner's page in a fresh session only. Null if there is none, or its time is over. */
export async function pendingEnrolment(
  deps: AccountsDeps,
  { operator }: SignedIn,
  db: Db | Tx = deps.db,
): Promise<Enrolment | null> {
  const stored = await readSecondFactor(db, operator.id)
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
  const { operator } = session
  const code = typed.reveal().replace(/\s/g, '')
  const key = guessKey('enrol', operator.id)
  const entry = ownEntry('second-factor.enable', call, operator)
  const turn = await deps.codeGuard.beforeGuess(key)
  if (!turn.ok) return refuse(deps, entry, { kind: 'wait', waitMs: turn.waitMs })
  const enrolled = await changeOwn(deps, session, entry, async (tx) => {
    if (!(await pendingEnrolment(deps, session, tx))) deny('not-enrolling')
    if (!(await spendTotp(deps, tx, operator.id, code))) deny('wrong-code')
    await confirmSecondFactor(tx, operator.id)
    await removeSessions(tx, operator.id)
    const renewed = await beginSession(deps, tx, call, operator.id, session.signedInAt)
    const { backupCodes = '' } = (await readSecondFactor(tx, operator.id)) ?? {}
    await keepNotice(deps, tx, operator.id, { kind: 'backup-codes', codes: openedCodes(deps, backupCodes) })
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
  const { operator, sessionId } = session
  const entry = ownEntry('second-factor.disable', call, operator)
  return changeOwn(deps, session, entry, async (tx) => {
    await removeSecondFactor(tx, operator.id)
    await deleteNotice(tx, operator.id)
    await removeSessions(tx, operator.id, sessionId)
    return null
  })
}

/** Ten new backup codes, once the caller has confirmed password and second factor; the old codes stop working. */
export async function renewBackupCodes(
  deps: AccountsDeps,
  call: Call,
  session: SignedIn,
): Promise<Result<null, AccountFault | { kind: 'not-enrolled' }>> {
  const { operator } = session
  const entry = ownEntry('second-factor.backup-codes', call, operator)
  return changeOwn(deps, session, entry, async (tx, isEnrolled) => {
    if (!isEnrolled) deny('not-enrolled')
    const codes = newBackupCodes()
    await putBackupCodes(tx, operator.id, sealedCodes(deps, codes))
    await keepNotice(deps, tx, operator.id, { kind: 'backup-codes', codes })
    return null
  })
}

export async function backupCodesLeft(deps: AccountsDeps, operatorId: string): Promise<number> {
  const stored = await readSecondFactor(deps.db, operatorId)
  return stored ? openedCodes(deps, stored.backupCodes).length : 0
}

/** A preference that does not concern security, so it leaves no audit entry. */
export const chooseLocale = async (deps: AccountsDeps, operatorId: string, locale: Locale | null): Promise<unknown> =>
  updateOperator(deps.db, operatorId, { locale })
