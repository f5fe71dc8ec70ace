import { isAPIError } from 'better-auth/api'
import { auditEntry } from '../audit'
import { fail, ok, type Redacted, type Result } from '../kernel'
import { storedBackupCode } from './auth'
import { cookiesFrom, headersFor, knownDevice, newDevice, signedValue } from './cookies'
import { type AccountsDeps, authIn, mustEnrol, openSealed, ownEntry, stranger, subjectOf } from './deps'
import { guessKey, recordSignInFailure } from './enter-password'
import type { OperatorRecord, SignInChange } from './store'
import type { Call, SignInFault, SignInStep } from './terms'
import { stepOfCode } from './totp'

const CODE_CHARS_MAX = 64

/** Whether a correct password is waiting for its second factor. */
export const awaitsCode = async (deps: AccountsDeps, headers: Headers): Promise<boolean> =>
  (await challenged(deps, headers)) !== null

/** The operator whose correct password is waiting for the second factor. Null if there is none, it has expired, or the factor was reset since. */
async function challenged(deps: AccountsDeps, headers: Headers): Promise<OperatorRecord | null> {
  const { settings, database, clock } = deps
  const identifier = signedValue(headers, settings.cookies.challenge, settings.secret.reveal())
  if (identifier === null) return null
  const challenge = (await database.tables.models.verification.findFirst?.({
    where: { identifier, expiresAt: { gt: clock.now() } },
  })) as { value: string } | null | undefined
  const operator = challenge ? await database.tables.operatorById(challenge.value) : null
  return operator?.secondFactor ? operator : null
}

/** Second step of signing in: a TOTP code, each time step once, or a backup code, each once. No session exists before it. */
export async function enterCode(
  deps: AccountsDeps,
  call: Call,
  typed: Redacted,
): Promise<Result<SignInStep, SignInFault | { kind: 'no-challenge' }>> {
  const operator = await challenged(deps, call.headers)
  if (!operator) {
    await recordSignInFailure(deps, call, { email: null, operator: null }, 'no-challenge')
    return fail({ kind: 'no-challenge' })
  }
  const key = codeKey(deps, call.headers, operator)
  const turn = await deps.codeGuard.beforeGuess(key)
  if (!turn.ok) {
    await recordSignInFailure(deps, call, { email: operator.email, operator }, 'too-many-tries')
    return fail({ kind: 'wait', waitMs: turn.waitMs })
  }
  const step = await deps.database.transaction((change) => checkCode(deps, change, call, operator, typed))
  if (step.ok) await deps.codeGuard.afterSuccess(key)
  return step
}

/**
 * The key under which attempts at a code are counted. A browser that the operator has signed in with is counted separately, so that
 * others who know the password cannot keep the owner from entering a code.
 */
export function codeKey(
  { settings }: AccountsDeps,
  headers: Headers,
  operator: Pick<OperatorRecord, 'id' | 'passwordHash'>,
): string {
  const device = knownDevice(headers, settings.cookies, settings.secret.reveal(), operator)
  return device === null ? guessKey('code', operator.id) : guessKey('device-code', device)
}

async function checkCode(
  deps: AccountsDeps,
  change: SignInChange,
  call: Call,
  operator: OperatorRecord,
  typed: Redacted,
): Promise<Result<SignInStep, SignInFault>> {
  const { cookies: names, secret } = deps.settings
  await change.lockOperator(operator.id)
  const used = await spendCode(deps, change, operator, typed, headersFor(call, names.challenge))
  if (!used.ok) {
    const details = { email: operator.email, reason: used.error }
    await change.audit(auditEntry('sign-in.failed', stranger(call), subjectOf(operator.id), details, 'refused'))
    return fail({ kind: used.error === 'factor-unreadable' ? used.error : 'refused' })
  }
  const { headers, secondFactor } = used.value
  await change.updateOperator(operator.id, { lastSignInAt: deps.clock.now() })
  await change.audit(ownEntry('sign-in.succeeded', call, operator, { secondFactor }))
  const device = newDevice(names, secret.reveal(), operator)
  return ok({
    kind: 'signed-in',
    cookies: [...cookiesFrom(headers, names), device],
    locale: operator.locale,
    mustEnrol: mustEnrol(deps, operator),
  })
}

/** Uses up a TOTP code, each time step once, or a backup code, each once. `headers` carry the cookie of the challenge. */
export async function spendCode(
  deps: AccountsDeps,
  change: SignInChange,
  operator: OperatorRecord,
  typed: Redacted,
  headers: Headers,
): Promise<
  Result<
    { headers: Headers; secondFactor: 'totp' | 'backup-code' },
    'wrong-code' | 'challenge-used' | 'wrong-backup-code' | 'factor-unreadable'
  >
> {
  const code = typed.reveal().replace(/\s/g, '').slice(0, CODE_CHARS_MAX)
  const isTotp = /^\d{6}$/.test(code)
  const stored = await change.secondFactor(operator.id)
  if (stored && (await openSealed(deps, stored.secret)) === null) return fail('factor-unreadable')
  if (isTotp && !(await spendTotp(deps, change, operator.id, code))) return fail('wrong-code')
  const { api } = authIn(change, deps)
  const body = { code: isTotp ? code : storedBackupCode(code) }
  const request = { body, headers, returnHeaders: true as const }
  try {
    const answer = await (isTotp ? api.verifyTOTP(request) : api.verifyBackupCode(request))
    return ok({ headers: answer.headers, secondFactor: isTotp ? 'totp' : 'backup-code' })
  } catch (thrown) {
    if (!isAPIError(thrown)) throw thrown
    return fail(isTotp ? 'challenge-used' : 'wrong-backup-code')
  }
}

/** True if the code is correct for the current time (one step early or late) and neither its step nor a later one was used. */
export async function spendTotp(deps: AccountsDeps, change: SignInChange, operatorId: string, code: string) {
  const stored = await change.secondFactor(operatorId)
  if (!stored) return false
  const secret = await openSealed(deps, stored.secret)
  const step = secret === null ? null : stepOfCode(secret, code, deps.clock.now())
  return step !== null && (await change.spendStep(operatorId, step))
}
