import type { Locale } from '../i18n/locale'
import type { Origin, Redacted } from '../kernel'
import type { ValidationError } from '../validation/validation-error'
import type { PasswordFault } from './password-policy'
import type { OperatorView } from './store/operators'

export type { OperatorView } from './store/operators'
export type { SessionView } from './store/sessions'

export interface SignedIn {
  sessionId: string
  operator: Omit<OperatorView, 'hasPassword' | 'link'>
  /** When this session began. Changes to sign-in itself need a fresh one. */
  signedInAt: Date
  /** The policy requires a second factor that is not set up yet. Nothing else is allowed before. */
  mustEnrol: boolean
}

export interface CookieToSet {
  name: string
  value: string
  /** In seconds. 0 removes the cookie; null keeps it until the browser closes. */
  maxAgeSeconds: number | null
  secure: boolean
}

/** What a request brings: its headers (cookies, user agent) and where it came from. */
export interface Call {
  headers: Headers
  origin: Origin
}

/** The second factor was set up under another session secret, so no code can be checked. Known only after a correct password. */
export type FactorUnreadable = { kind: 'factor-unreadable' }

/** One answer for every reason, so that it does not reveal which accounts exist. */
export type SignInFault = { kind: 'refused' } | { kind: 'wait'; waitMs: number } | { kind: 'busy' } | FactorUnreadable
export type SignInStep =
  | { kind: 'signed-in'; cookies: CookieToSet[]; locale: Locale | null; mustEnrol: boolean }
  | { kind: 'second-factor'; cookies: CookieToSet[] }

/** What is wrong with one field of an account. */
export type ProfileFault =
  | { kind: 'email-missing' | 'email-invalid' | 'email-taken' }
  | { kind: 'name'; validationError: ValidationError }
  | { kind: 'password'; fault: PasswordFault }

export type ProfileInvalid = { kind: 'invalid'; faults: ProfileFault[] }

export type SetUpFault = { kind: 'token-invalid' } | { kind: 'wait'; waitMs: number } | ProfileInvalid
export type SetUpView = { kind: 'first-admin' } | { kind: 'operator'; email: string }

export type AccountFault =
  | { kind: 'wait'; waitMs: number }
  | { kind: 'password'; fault: PasswordFault }
  | { kind: 'busy' | 'wrong-password' | 'wrong-code' | 'no-session' | 'not-enrolling' }
  | FactorUnreadable

export type PeopleFault =
  | ProfileInvalid
  | {
      kind:
        | 'email-taken'
        | 'last-admin'
        | 'not-found'
        | 'no-longer-admin'
        | 'own-account'
        | 'role-changed'
        | 'access-changed'
    }

/** Whether the owner of a removed second factor is notified, and else why not: for an internal error the log has the details. Empty if there was none. */
export type FactorNotice = { notified?: true } | { notified: false; reason: 'no-server' | 'full' | 'internal-error' }

/** A second factor's seed while it waits for its first code. */
export interface Enrolment {
  secret: Redacted
  uri: Redacted
}
