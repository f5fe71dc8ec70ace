import { isAPIError } from 'better-auth/api'
import { symmetricDecrypt } from 'better-auth/crypto'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { cookiesFrom, headersFor, knownDevice, newDevice, signedValue } from './cookies'
import { type AccountsDeps, actorOf, authIn, mustEnrol, subjectOf } from './deps'
import { guessKey } from './enter-password'
import { recordSignInFailure } from './failure'
import type { OperatorRecord, SignInChange } from './ports'
import type { Call, SignInFault, SignInStep } from './terms'
import { stepOfCode } from './totp'

const CODE_CHARS_MAX = 64

/** Whose password has passed and waits for the second factor; null when nobody's does, or no longer. */
export async function challenged(room: AccountsDeps, headers: Headers): Promise<OperatorRecord | null> {
  const { settings, database, clock } = room
  const identifier = await signedValue(headers, settings.cookies.challenge, settings.secret.reveal())
  if (identifier === null) return null
  const found = (await database.tables.models.verification.findFirst?.({
    where: { identifier, expiresAt: { gt: clock.now() } },
  })) as { value: string } | null | undefined
  const operator = found ? await database.tables.operatorById(found.value) : null
  return operator?.disabledAt === null ? operator : null
}

/** Second step: a TOTP code, each step of time once, or a backup code, each once. No session exists before it. */
export async function enterCode(
  room: AccountsDeps,
  call: Call,
  typed: Redacted,
): Promise<Result<SignInStep, SignInFault>> {
  const operator = await challenged(room, call.headers)
  if (!operator) {
    await recordSignInFailure(room, call, { email: null, operator: null }, 'no-challenge')
    return fail({ kind: 'refused' })
  }
  const key = codeKey(room, call.headers, operator)
  const turn = await room.codeGuard.beforeTry(key)
  if (!turn.ok) {
    await recordSignInFailure(room, call, { email: operator.email, operator }, 'too-many-tries')
    return fail({ kind: 'wait', waitMs: turn.waitMs })
  }
  const step = await room.database.transaction((change) => tryCode(room, change, call, operator, typed))
  if (!step) return fail({ kind: 'refused' })
  await room.codeGuard.afterSuccess(key)
  return ok(step)
}

/**
 * What tries at a code are counted by. A browser that the operator has signed in with counts by itself, so that others
 * who know the password cannot keep the owner from entering a code.
 */
export function codeKey(
  { settings }: AccountsDeps,
  headers: Headers,
  operator: Pick<OperatorRecord, 'id' | 'passwordHash'>,
): string {
  const device = knownDevice(headers, settings.cookies, settings.secret.reveal(), operator)
  return device === null ? guessKey('code', operator.id) : guessKey('device-code', device)
}

async function tryCode(
  room: AccountsDeps,
  change: SignInChange,
  call: Call,
  operator: OperatorRecord,
  typed: Redacted,
): Promise<SignInStep | null> {
  const { cookies: names, secret } = room.settings
  const entry = { origin: call.origin, subject: subjectOf(operator.id) }
  const used = await spendCode(room, change, operator, typed, headersFor(call, names.challenge))
  if (!used.ok) {
    const details = { email: operator.email, reason: used.error }
    await change.audit({ ...entry, action: 'sign-in.failed', actor: { kind: 'anonymous' }, result: 'refused', details })
    return null
  }
  const { headers, secondFactor } = used.value
  await change.updateOperator(operator.id, { lastSignInAt: room.clock.now() })
  const details = { secondFactor }
  await change.audit({ ...entry, action: 'sign-in.succeeded', actor: actorOf(operator), result: 'done', details })
  const device = newDevice(names, secret.reveal(), operator)
  return {
    kind: 'signed-in',
    cookies: [...cookiesFrom(headers, names), device],
    locale: operator.locale,
    mustEnrol: mustEnrol(room, operator),
  }
}

/** Uses up a TOTP code, each step of time once, or a backup code, each once. `headers` carry the question's cookie. */
export async function spendCode(
  room: AccountsDeps,
  change: SignInChange,
  operator: OperatorRecord,
  typed: Redacted,
  headers: Headers,
): Promise<
  Result<
    { headers: Headers; secondFactor: 'totp' | 'backup-code' },
    'wrong-code' | 'challenge-used' | 'wrong-backup-code'
  >
> {
  const code = typed.reveal().replace(/\s/g, '').slice(0, CODE_CHARS_MAX)
  const isTotp = /^\d{6}$/.test(code)
  if (isTotp && !(await spendTotp(room, change, operator.id, code))) return fail('wrong-code')
  const { api } = authIn(change, room)
  const request = { body: { code }, headers, returnHeaders: true as const }
  try {
    const answer = await (isTotp ? api.verifyTOTP(request) : api.verifyBackupCode(request))
    return ok({ headers: answer.headers, secondFactor: isTotp ? 'totp' : 'backup-code' })
  } catch (thrown) {
    if (!isAPIError(thrown)) throw thrown
    return fail(isTotp ? 'challenge-used' : 'wrong-backup-code')
  }
}

/** True when the code is right for about now and its step, and every later one, is unused. */
export async function spendTotp(
  room: AccountsDeps,
  change: SignInChange,
  operatorId: string,
  code: string,
): Promise<boolean> {
  const stored = await change.secondFactor(operatorId)
  if (!stored) return false
  const secret = await symmetricDecrypt({ key: room.settings.secret.reveal(), data: stored.secret })
  const step = stepOfCode(secret, code, room.clock.now())
  return step !== null && (await change.spendStep(operatorId, step))
}
