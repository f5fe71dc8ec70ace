import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { addressBucket } from '../access/client-address'
import { appendAudit, auditEntry } from '../audit'
import type { Tx } from '../db'
import { localeOf } from '../i18n/locale'
import { fail, HOUR_MS, ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { beginReportLocale } from '../submission/store/failure-reports'
import { PROFILE_NAME_CHARS_MAX, parseProfileName } from '../validation/text'
import { newDevice } from './cookies'
import { type AccountsDeps, ownEntry, stranger } from './deps'
import { foldedEmail } from './enter-password'
import { hashPassword } from './password-hash'
import { chosenPassword, type PasswordFault } from './password-policy'
import { SET_UP_HOURS } from './settings'
import { putSetupToken, readSetupToken, takeSetupToken } from './store/links'
import { countOperators, createOperator, lockOperator, lockSetup, operatorById, setPassword } from './store/operators'
import { removeSessions } from './store/sessions'
import type { Call, CookieToSet, PeopleFault, ProfileFault, ProfileInvalid, SetUpFault, SetUpView } from './terms'

const TOKEN = /^[A-Za-z0-9_-]{43}$/

const digestOf = (token: Redacted): string => createHash('sha256').update(token.reveal()).digest('hex')

/** An address to sign in with, in lower case. Null otherwise. */
export function signInEmail(typed: string): string | null {
  const email = foldedEmail(typed)
  return z.email().max(254).safeParse(email).success ? email : null
}

/** A token for one set-up link. Only its SHA-256 is stored. */
export async function makeSetUpToken(deps: AccountsDeps, tx: Tx, operatorId: string | null) {
  const token = new Redacted(randomBytes(32).toString('base64url'))
  const expiresAt = new Date(deps.clock.now().getTime() + SET_UP_HOURS * HOUR_MS)
  await putSetupToken(tx, { tokenHash: digestOf(token), operatorId, expiresAt })
  return token
}

export const setUpPath = (token: Redacted): string => `/setup?token=${token.reveal()}`

/** The one-time token of the first administrator, printed at start. Null as soon as there is an operator. */
export const ensureSetupToken = (deps: AccountsDeps): Promise<Redacted | null> =>
  deps.db.$transaction(async (tx) => {
    await lockSetup(tx)
    if ((await countOperators(tx)) > 0) return null
    return makeSetUpToken(deps, tx, null)
  })

/** The purpose of a set-up link, without using it up. Null if it is unknown, used or expired. */
export async function setUpView(deps: AccountsDeps, token: Redacted): Promise<SetUpView | null> {
  if (!TOKEN.test(token.reveal())) return null
  const setupToken = await readSetupToken(deps.db, digestOf(token), deps.clock.now())
  if (!setupToken) return null
  if (setupToken.operatorId === null) {
    return (await countOperators(deps.db)) === 0 ? { kind: 'first-admin' } : null
  }
  const operator = await operatorById(deps.db, setupToken.operatorId)
  return operator && { kind: 'operator', email: operator.email }
}

/** What was typed about an account, or everything that is wrong with it. An email address of null is not acceptable. */
export function parseProfile<Password>(
  email: string | null,
  typed: { email: string; name: string },
  password: Result<Password, PasswordFault>,
): Result<{ email: string; name: string; password: Password }, ProfileInvalid> {
  const isNamed = typed.name.trim() !== ''
  // An address may be longer than a name.
  const name = parseProfileName(isNamed ? typed.name : (email ?? typed.email).slice(0, PROFILE_NAME_CHARS_MAX))
  if (email !== null && name.ok && password.ok) return ok({ email, name: name.value, password: password.value })
  const faults: ProfileFault[] = []
  if (email === null) faults.push({ kind: typed.email.trim() === '' ? 'email-missing' : 'email-invalid' })
  if (!name.ok && isNamed) faults.push({ kind: 'name', validationError: name.error })
  if (!password.ok) faults.push({ kind: 'password', fault: password.error })
  return fail({ kind: 'invalid', faults })
}

interface SetUpInput {
  token: Redacted
  /** Only for the first administrator. Those of an operator are known. */
  email: string
  name: string
  password: Redacted
}

/**
 * Uses a set-up link: creates the first administrator, or sets the password of an operator. If it is used several times at
 * once, one use succeeds. Once there is an operator, no link can create the first administrator any more.
 *
 * @returns the mark of this browser, so that guessing by others does not keep its owner from signing in with the new password
 */
export async function setUp(
  deps: AccountsDeps,
  call: Call,
  input: SetUpInput,
): Promise<Result<CookieToSet[], SetUpFault>> {
  const turn = await deps.addressLimit.take(addressBucket(call.origin.address))
  if (!turn.ok) return denied(deps, call, { kind: 'wait', waitMs: turn.waitMs })
  const view = await setUpView(deps, input.token)
  if (!view) return denied(deps, call, { kind: 'token-invalid' })
  const email = view.kind === 'operator' ? view.email : signInEmail(input.email)
  const parsed = parseProfile(email, input, chosenPassword(input.password, [email ?? input.email, input.name]))
  if (!parsed.ok) return denied(deps, call, parsed.error, view)
  const { password, ...profile } = parsed.value
  const passwordHash = await hashPassword(password.reveal())

  const id = await deps.db.$transaction(async (tx) => {
    await lockSetup(tx)
    const now = deps.clock.now()
    const token = digestOf(input.token)
    const link = await readSetupToken(tx, token, now)
    if (link?.operatorId) await lockOperator(tx, link.operatorId)
    if (!link || !(await takeSetupToken(tx, token))) return null
    if (link.operatorId === null) {
      if ((await countOperators(tx)) > 0) return null
      const id = await createOperator(tx, { ...profile, role: 'admin' }, passwordHash, now)
      await beginReportLocale(tx, localeOf(call.headers.get('cookie'), call.headers.get('accept-language')))
      const entry = ownEntry('setup.first-admin', call, { id, ...profile, role: 'admin' }, { email: profile.email })
      await appendAudit(tx, entry, deps.clock.now())
      return id
    }
    const operator = await operatorById(tx, link.operatorId)
    if (!operator) return null
    await setPassword(tx, operator.id, passwordHash, now)
    await removeSessions(tx, operator.id)
    await appendAudit(tx, ownEntry('operator.change-password', call, operator, { by: 'set-up link' }), deps.clock.now())
    return operator.id
  })
  if (id === null) return denied(deps, call, { kind: 'token-invalid' })
  await deps.addressLimit.giveBack(addressBucket(call.origin.address))
  return ok([newDevice(deps.settings, { id, passwordHash })])
}

/** For the audit log. */
export const faultReason = (fault: SetUpFault | PeopleFault): string =>
  fault.kind === 'invalid' ? fault.faults.map(({ kind }) => kind).join(' ') : fault.kind

/** A link that is dead may have been anyone’s. */
const REFUSED_AS = { 'first-admin': 'setup.first-admin', operator: 'operator.change-password' } as const

async function denied(deps: AccountsDeps, call: Call, fault: SetUpFault, view?: SetUpView) {
  const action = view ? REFUSED_AS[view.kind] : 'setup.use-link'
  await deps.recordRefusal(auditEntry(action, stranger(call), null, { reason: faultReason(fault) }, 'refused'))
  return fail(fault)
}
