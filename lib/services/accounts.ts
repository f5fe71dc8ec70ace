import { createGuessGuard, createLimiter } from '../access/rate-limits'
import { createSignIn, type SignIn } from '../accounts'
import type { AccountsDeps } from '../accounts/deps'
import { cookieNames, type SignInSettings } from '../accounts/settings'
import { type AuditLog, createAuditLog } from '../audit'
import type { Db } from '../db'
import type { Clock, Redacted } from '../kernel'

/** A whole office may sign in from one address in the morning. More wrong attempts in a quarter of an hour are an attack. */
const WRONG_ATTEMPTS_PER_ADDRESS = 40
const ADDRESS_SECONDS = 15 * 60

export function composeAccounts(
  db: Db,
  clock: Clock,
  environment: Omit<SignInSettings, 'secret' | 'cookies'> & { authSecret: Redacted },
  mails: AccountsDeps['mails'],
  refusals: Pick<AuditLog, 'record'> = createAuditLog(db, clock),
): SignIn {
  const { baseUrl, authSecret: secret, secondFactor, sessionIdleMinutes, sessionHours } = environment
  const cookies = cookieNames(baseUrl)
  if (!cookies) throw new Error('The environment has a base URL that allows no session cookie')
  return createSignIn({
    db,
    audit: createAuditLog(db, clock),
    settings: { baseUrl, secret, secondFactor, sessionIdleMinutes, sessionHours, cookies },
    clock,
    mails,
    passwordGuard: createGuessGuard(db, 'password'),
    codeGuard: createGuessGuard(db, 'code'),
    addressLimit: createLimiter(db, {
      name: 'sign-in-address',
      points: WRONG_ATTEMPTS_PER_ADDRESS,
      perSeconds: ADDRESS_SECONDS,
    }),
    recordRefusal: (entry) => refusals.record(entry),
  })
}
