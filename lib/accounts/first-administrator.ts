import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { addressBucket } from '../access/client-address'
import type { Role } from '../kernel/actor'
import { newId } from '../kernel/ids'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { HOUR_MS } from '../kernel/time'
import { parseProfileName } from '../validation/text'
import { type AccountsDeps, subjectOf } from './deps'
import { foldedEmail } from './enter-password'
import { hashPassword } from './password-hash'
import { chosenPassword } from './password-policy'
import type { SignInChange } from './ports'
import { SET_UP_HOURS } from './settings'
import type { Call, SetUpFault, SetUpView } from './terms'

const TOKEN = /^[A-Za-z0-9_-]{43}$/

const digestOf = (token: Redacted): string => createHash('sha256').update(token.reveal()).digest('hex')

/** An address to sign in with: folded to lower case, and one that the sign-in library takes too. */
export function signInEmail(typed: string): string | null {
  const email = foldedEmail(typed)
  return z.email().max(254).safeParse(email).success ? email : null
}

/** A token for one set-up link; only its SHA-256 is stored. */
export async function makeSetUpToken(
  room: AccountsDeps,
  change: SignInChange,
  operatorId: string | null,
): Promise<Redacted> {
  const token = new Redacted(randomBytes(32).toString('base64url'))
  const expiresAt = new Date(room.clock.now().getTime() + SET_UP_HOURS * HOUR_MS)
  await change.putSetupToken({ tokenHash: digestOf(token), operatorId, expiresAt })
  return token
}

/** The path of a set-up link, below the console's base URL. */
export const setUpPath = (token: Redacted): string => `/setup?token=${token.reveal()}`

/** The one-time token of the first administrator, to be printed at start; null as soon as there is an operator. */
export const ensureSetupToken = (room: AccountsDeps): Promise<Redacted | null> =>
  room.database.transaction(async (change) => {
    await change.lockSetup()
    if ((await change.countOperators()) > 0) return null
    return makeSetUpToken(room, change, null)
  })

/** What a set-up link is for, without using it up; null when it is unknown, used or too old. */
export async function setUpView(room: AccountsDeps, token: Redacted): Promise<SetUpView | null> {
  if (!TOKEN.test(token.reveal())) return null
  const found = await room.database.tables.setupToken(digestOf(token), room.clock.now())
  if (!found) return null
  if (found.operatorId === null) {
    return (await room.database.tables.countOperators()) === 0 ? { kind: 'first-admin' } : null
  }
  const operator = await room.database.tables.operatorById(found.operatorId)
  return operator && { kind: 'operator', email: operator.email }
}

export interface SetUpInput {
  token: Redacted
  /** Only for the first administrator; an operator's own are known. */
  email: string
  name: string
  password: Redacted
}

/**
 * Uses a set-up link: makes the first administrator, or gives an operator a password. Of any number at once one succeeds,
 * and once there is an operator the first-administrator way is closed for good.
 */
export async function setUp(room: AccountsDeps, call: Call, input: SetUpInput): Promise<Result<null, SetUpFault>> {
  const turn = await room.addressLimit.take(addressBucket(call.origin.address))
  if (!turn.ok) return refuse(room, call, { kind: 'wait', waitMs: turn.waitMs })
  const view = await setUpView(room, input.token)
  if (!view) return refuse(room, call, { kind: 'token-invalid' })
  const email = view.kind === 'operator' ? view.email : signInEmail(input.email)
  if (email === null) return refuse(room, call, { kind: 'email-invalid' })
  const name = parseProfileName(input.name.trim() === '' ? email : input.name)
  if (!name.ok) return refuse(room, call, { kind: 'name', validationError: name.error })
  const chosen = chosenPassword(input.password, [email, name.value])
  if (!chosen.ok) return refuse(room, call, { kind: 'password', fault: chosen.error })
  const made = await hashPassword(chosen.value.reveal())

  const isDone = await room.database.transaction(async (change) => {
    await change.lockSetup()
    const now = room.clock.now()
    const taken = await change.takeSetupToken(digestOf(input.token), now)
    if (!taken) return false
    if (taken.operatorId === null) {
      if ((await change.countOperators()) > 0) return false
      const id = await createAccount(change, { email, name: name.value, role: 'admin' }, made, now)
      await change.dropSetupTokens(null)
      const actor = { kind: 'operator', id, email, role: 'admin' } as const
      const entry = { actor, origin: call.origin, subject: subjectOf(id) }
      await change.audit({ ...entry, action: 'setup.first-admin', result: 'done', details: { email } })
      return true
    }
    const operator = await change.operatorById(taken.operatorId)
    if (!operator) return false
    await change.setPassword(operator.id, made, now)
    await change.endSessions(operator.id)
    await change.dropSetupTokens(operator.id)
    const actor = { kind: 'operator', id: operator.id, email, role: operator.role } as const
    const entry = { actor, origin: call.origin, subject: subjectOf(operator.id) }
    await change.audit({ ...entry, action: 'operator.change-password', result: 'done', details: { by: 'set-up link' } })
    return true
  })
  if (!isDone) return refuse(room, call, { kind: 'token-invalid' })
  await room.addressLimit.giveBack(addressBucket(call.origin.address))
  return ok(null)
}

export async function createAccount(
  change: SignInChange,
  account: { email: string; name: string; role: Role },
  passwordHash: string | null,
  at: Date,
): Promise<string> {
  const id = newId()
  await change.createOperator({ id, ...account, at })
  if (passwordHash !== null) await change.setPassword(id, passwordHash, at)
  return id
}

async function refuse(room: AccountsDeps, call: Call, fault: SetUpFault): Promise<{ ok: false; error: SetUpFault }> {
  await room.recordRefusal({
    action: 'setup.first-admin',
    actor: { kind: 'anonymous' },
    origin: call.origin,
    result: 'refused',
    subject: null,
    details: { reason: fault.kind },
  })
  return fail(fault)
}
