import { appendAudit, auditEntry } from '../audit'
import type { Tx } from '../db'
import { fail, ok, type Redacted, type Result } from '../kernel'
import { openedCodes, sealedCodes, storedBackupCode } from './backup-codes'
import { knownDevice, newDevice, removed, signedValue } from './cookies'
import { type AccountsDeps, mustEnrol, ownEntry, stranger, subjectOf } from './deps'
import { guessKey, recordSignInFailure } from './enter-password'
import { openSealed } from './sealed'
import { beginSession } from './sessions'
import { lockOperator, type OperatorRecord, operatorById, updateOperator } from './store/operators'
import { dropChallenge, putBackupCodes, readChallenge, readSecondFactor, spendStep } from './store/second-factor'
import type { Call, SignInFault, SignInStep } from './terms'
import { stepOfCode } from './totp'

/** Whether a correct password is waiting for its second factor. */
export const awaitsCode = async (deps: AccountsDeps, headers: Headers): Promise<boolean> =>
  (await challenged(deps, headers)) !== null

/** A correct password that is waiting for the second factor. Null if there is none, it has expired, or the factor was reset since. */
async function challenged(deps: AccountsDeps, headers: Headers) {
  const { settings, db, clock } = deps
  const identifier = signedValue(headers, settings.cookies.challenge, settings.secret.reveal())
  if (identifier === null) return null
  const challenge = await readChallenge(db, identifier, clock.now())
  const operator = challenge && (await operatorById(db, challenge.operatorId))
  return operator?.secondFactor ? { identifier, operator } : null
}

type CodeResult = Result<SignInStep, SignInFault | { kind: 'no-challenge' }>

/** Second step of signing in: a TOTP code, each time step once, or a backup code, each once. No session exists before it. */
export async function enterCode(deps: AccountsDeps, call: Call, typed: Redacted): Promise<CodeResult> {
  const challenge = await challenged(deps, call.headers)
  if (!challenge) {
    await recordSignInFailure(deps, call, { email: null, operator: null }, 'no-challenge')
    return fail({ kind: 'no-challenge' })
  }
  const { identifier, operator } = challenge
  const key = codeKey(deps, call.headers, operator)
  const turn = await deps.codeGuard.beforeGuess(key)
  if (!turn.ok) {
    await recordSignInFailure(deps, call, { email: operator.email, operator }, 'too-many-tries')
    return fail({ kind: 'wait', waitMs: turn.waitMs })
  }
  const step = await deps.db.$transaction(async (tx): Promise<CodeResult> => {
    await lockOperator(tx, operator.id)
    // Of two codes that arrive at once for one question, the later one is not used up.
    const isOpen = (await readChallenge(tx, identifier, deps.clock.now())) !== null
    const used = isOpen ? await spendCode(deps, tx, operator, typed) : fail('challenge-used' as const)
    if (!used.ok) {
      const details = { email: operator.email, reason: used.error }
      const entry = auditEntry('sign-in.failed', stranger(call), subjectOf(operator.id), details, 'refused')
      await appendAudit(tx, entry, deps.clock.now())
      if (used.error === 'challenge-used') return fail({ kind: 'no-challenge' })
      return fail({ kind: used.error === 'factor-unreadable' ? used.error : 'refused' })
    }
    await dropChallenge(tx, identifier)
    await updateOperator(tx, operator.id, { lastSignInAt: deps.clock.now() })
    const session = await beginSession(deps, tx, call, operator.id)
    await appendAudit(tx, ownEntry('sign-in.succeeded', call, operator, { secondFactor: used.value }), deps.clock.now())
    return ok({
      kind: 'signed-in',
      cookies: [session, removed(deps.settings, 'challenge'), newDevice(deps.settings, operator)],
      locale: operator.locale,
      mustEnrol: mustEnrol(deps, operator),
    })
  })
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
  const device = knownDevice(headers, settings, operator)
  return device === null ? guessKey('code', operator.id) : guessKey('device-code', device)
}

export type CodeFault = 'wrong-code' | 'wrong-backup-code' | 'factor-unreadable'

/** Uses up a TOTP code, each time step once, or a backup code, each once. */
export async function spendCode(
  deps: AccountsDeps,
  tx: Tx,
  operator: OperatorRecord,
  typed: Redacted,
): Promise<Result<'totp' | 'backup-code', CodeFault>> {
  const code = typed.reveal().replace(/\s/g, '')
  const stored = await readSecondFactor(tx, operator.id)
  if (stored && openSealed(deps, stored.secret) === null) return fail('factor-unreadable')
  if (/^\d{6}$/.test(code)) return (await spendTotp(deps, tx, operator.id, code)) ? ok('totp') : fail('wrong-code')
  const codes = stored ? openedCodes(deps, stored.backupCodes) : []
  const left = codes.filter((each) => each !== storedBackupCode(code))
  if (left.length === codes.length) return fail('wrong-backup-code')
  await putBackupCodes(tx, operator.id, sealedCodes(deps, left))
  return ok('backup-code')
}

/** True if the code is correct for the current time (one step early or late) and neither its step nor a later one was used. */
export async function spendTotp(deps: AccountsDeps, tx: Tx, operatorId: string, code: string) {
  const stored = await readSecondFactor(tx, operatorId)
  if (!stored) return false
  const secret = openSealed(deps, stored.secret)
  const step = secret === null ? null : stepOfCode(secret, code, deps.clock.now())
  return step !== null && (await spendStep(tx, operatorId, step))
}
