import { createHash, randomBytes } from 'node:crypto'
import { addressBucket } from '../access/client-address'
import { type AuditEntry, appendAudit, auditEntry } from '../audit'
import type { Tx } from '../db'
import { fail, MINUTE_MS, ok, type Redacted, type Result } from '../kernel'
import { knownDevice, newDevice, removed, signedCookie } from './cookies'
import { type AccountsDeps, mustEnrol, ownEntry, stranger, subjectOf } from './deps'
import { HASH_OF_NOBODY, HashQueueFull, hashPassword, isWeaker, verifyPassword } from './password-hash'
import { beginSession, getSession } from './sessions'
import {
  lockOperator,
  type OperatorRecord,
  operatorByEmail,
  operatorById,
  setPassword,
  updateOperator,
} from './store/operators'
import { putChallenge } from './store/second-factor'
import { removeSession } from './store/sessions'
import type { Call, CookieToSet, SignInFault, SignInStep } from './terms'

const CHALLENGE_MINUTES = 10
/** Longer than any password may be. Rejected without hashing. */
const PASSWORD_UNITS_MAX = 1024
const EMAIL_SHAPE = /^[^\s@]{1,64}@[^\s@]{1,189}$/

export const foldedEmail = (typed: string): string => typed.trim().toLowerCase()

/** The key under which attempts at an account are counted, whether or not it exists. A digest, so that the table reveals no address. */
export const guessKey = (kind: string, text: string): string =>
  createHash('sha256')
    .update(JSON.stringify([kind, text]))
    .digest('base64url')
    .slice(0, 32)

/**
 * First step of signing in. Attempts are counted per address and per account before the password is checked. An account that does not
 * exist takes as long and gives the same answer as a wrong password.
 */
export async function enterPassword(
  deps: AccountsDeps,
  call: Call,
  typedEmail: string,
  password: Redacted,
): Promise<Result<SignInStep, SignInFault>> {
  const email = foldedEmail(typedEmail)
  const operator = await operatorByEmail(deps.db, email)
  // A password typed into the wrong field must not end up in the audit log.
  const tried = { email: EMAIL_SHAPE.test(email) ? email : null, operator }

  const bucket = addressBucket(call.origin.address)
  const device = operator && knownDevice(call.headers, deps.settings, operator)
  const key = device === null ? guessKey('account', email) : guessKey('device', device)
  // A browser that has signed in before is counted separately, so that strangers at its address do not lock it out.
  const addressLimit = device === null ? deps.addressLimit : null
  const atAddress = await addressLimit?.take(bucket)
  const turn = atAddress?.ok === false ? atAddress : await deps.passwordGuard.beforeGuess(key)
  if (!turn.ok) {
    await recordSignInFailure(deps, call, tried, 'too-many-tries')
    return fail({ kind: 'wait', waitMs: turn.waitMs })
  }

  const checked = await checkPassword(operator, password)
  if (checked === 'busy') {
    await Promise.all([addressLimit?.giveBack(bucket), deps.passwordGuard.giveBack(key)])
    await recordSignInFailure(deps, call, tried, 'busy')
    return fail({ kind: 'busy' })
  }
  if (!operator || checked !== 'right' || operator.passwordHash === null || operator.disabledAt !== null) {
    await recordSignInFailure(deps, call, tried, operator?.disabledAt ? 'account-disabled' : 'wrong-password')
    return fail({ kind: 'refused' })
  }

  const step = await passed(deps, call, { ...operator, passwordHash: operator.passwordHash }, password)
  if (!step) {
    await recordSignInFailure(deps, call, tried, 'changed')
    return fail({ kind: 'refused' })
  }
  await Promise.all([addressLimit?.giveBack(bucket), deps.passwordGuard.afterSuccess(key)])
  return ok(step)
}

/** Takes as long for an account that does not exist. */
export async function checkPassword(operator: OperatorRecord | null, password: Redacted) {
  const text = password.reveal()
  if (text.length > PASSWORD_UNITS_MAX) return 'wrong'
  try {
    const isRight = await verifyPassword(operator?.passwordHash ?? HASH_OF_NOBODY, text)
    return isRight && operator?.passwordHash ? 'right' : 'wrong'
  } catch (thrown) {
    if (thrown instanceof HashQueueFull) return 'busy'
    throw thrown
  }
}

/** After the correct password: a session, or the challenge for the second factor, in one transaction with the audit entry. */
async function passed(
  deps: AccountsDeps,
  call: Call,
  operator: OperatorRecord & { passwordHash: string },
  password: Redacted,
): Promise<SignInStep | null> {
  const replaced = await getSession(deps, call.headers)
  const stronger = isWeaker(operator.passwordHash) ? await hashPassword(password.reveal()) : null
  return deps.db.$transaction(async (tx) => {
    const now = deps.clock.now()
    await lockOperator(tx, operator.id)
    const current = await operatorById(tx, operator.id)
    if (current?.passwordHash !== operator.passwordHash || current.disabledAt !== null) return null
    if (stronger !== null) await setPassword(tx, current.id, stronger, now)
    // The cookie of the session that this browser had is replaced or removed by this very answer.
    const ended = replaced && (await removeSession(tx, replaced.sessionId, null))
    const endedSession: AuditEntry['details'] = ended ? { endedSession: ended.email } : {}
    if (current.secondFactor) {
      const details = { step: 'password-accepted', ...endedSession }
      const challenge = await beginChallenge(deps, tx, current.id)
      await appendAudit(tx, ownEntry('sign-in.second-factor', call, current, details), deps.clock.now())
      return { kind: 'second-factor', cookies: [removed(deps.settings, 'session'), challenge] }
    }
    await updateOperator(tx, current.id, { lastSignInAt: now })
    const session = await beginSession(deps, tx, call, current.id)
    const entry = ownEntry('sign-in.succeeded', call, current, { secondFactor: 'none', ...endedSession })
    await appendAudit(tx, entry, deps.clock.now())
    const owner = { id: current.id, passwordHash: stronger ?? current.passwordHash }
    return {
      kind: 'signed-in',
      cookies: [session, newDevice(deps.settings, owner)],
      locale: current.locale,
      mustEnrol: mustEnrol(deps, current),
    }
  })
}

/** The question for the second factor, which only this browser can answer. */
async function beginChallenge(deps: AccountsDeps, tx: Tx, operatorId: string): Promise<CookieToSet> {
  const { settings, clock } = deps
  const identifier = `2fa-${randomBytes(24).toString('base64url')}`
  await putChallenge(tx, identifier, operatorId, new Date(clock.now().getTime() + CHALLENGE_MINUTES * MINUTE_MS))
  return signedCookie(settings, settings.cookies.challenge, identifier, CHALLENGE_MINUTES * 60)
}

/** No limiter bounds how often these can be caused, because nothing was checked. */
const UNLIMITED = ['too-many-tries', 'busy', 'no-challenge']

/** The audit entry of a failed step of signing in. `email` is the typed one or that of the account, or null if there is neither. */
export async function recordSignInFailure(
  deps: AccountsDeps,
  call: Call,
  { email, operator }: { email: string | null; operator: OperatorRecord | null },
  reason: string,
): Promise<void> {
  const subject = operator && subjectOf(operator.id)
  const entry = auditEntry('sign-in.failed', stranger(call), subject, { email, reason }, 'refused')
  await (UNLIMITED.includes(reason) ? deps.recordRefusal(entry) : deps.audit.record(entry))
}
