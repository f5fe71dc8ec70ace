import type { SignIn } from '../../lib/accounts'
import { hashPassword } from '../../lib/accounts/password-hash'
import { createOperator } from '../../lib/accounts/store/operators'
import type { Db } from '../../lib/db'
import type { Role } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'

export const PASSWORD = 'quiet purple kettle rain'

/** One for all people of a process: each costs 14 ms of processor time. */
let phc: Promise<string> | undefined

/** An operator with the password, made without an audit entry. Returns the ID. */
export async function person(db: Db, email: string, role: Role): Promise<string> {
  phc ??= hashPassword(PASSWORD)
  const hash = await phc
  return db.$transaction((tx) => createOperator(tx, { email, name: email, role }, hash, new Date()))
}

/** The cookies of a browser in which the person has signed in. */
export async function signedInCookies(signIn: SignIn, email: string): Promise<string> {
  const call = { headers: new Headers(), origin: { address: null, requestId: email } }
  const entered = await signIn.enterPassword(call, email, new Redacted(PASSWORD))
  if (!entered.ok) throw new Error(entered.error.kind)
  return entered.value.cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
}
