import type { Origin, Role } from '../kernel/actor'
import type { Locale } from '../kernel/locale'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'

/** An operator account as pages show it: no password, no seed. */
export interface OperatorView {
  id: string
  email: string
  name: string
  role: Role
  locale: Locale | null
  disabledAt: Date | null
  /** Has a confirmed second factor. */
  secondFactor: boolean
  /** False until the set-up link has been used. */
  hasPassword: boolean
  lastSignInAt: Date | null
  createdAt: Date
}

/** Who holds a valid session. */
export interface SignedIn {
  sessionId: string
  operator: OperatorView
  /** When this session began: changes to sign-in itself want a fresh one. */
  signedInAt: Date
  /** The policy demands a second factor that is not there yet: nothing else is allowed until it is. */
  mustEnrol: boolean
}

export interface SessionView {
  id: string
  operatorId: string
  email: string
  address: string | null
  userAgent: string | null
  createdAt: Date
  lastSeenAt: Date
}

/** A `Set-Cookie` header's content, for whoever answers the browser. */
export interface CookieToSet {
  name: string
  value: string
  /** Seconds; 0 removes the cookie; null: until the browser closes. */
  maxAgeSeconds: number | null
  secure: boolean
}

/** What a request brings: its headers (cookies, user agent) and where it came from. */
export interface Call {
  headers: Headers
  origin: Origin
}

/** One text for every reason, so that nobody learns which accounts exist. */
export type SignInFault = { kind: 'refused' } | { kind: 'wait'; waitMs: number } | { kind: 'busy' }
export type SignInStep =
  | { kind: 'signed-in'; cookies: CookieToSet[]; locale: Locale | null; mustEnrol: boolean }
  | { kind: 'second-factor'; cookies: CookieToSet[] }

export type PasswordFault = 'too-short' | 'too-long' | 'malformed' | 'common' | 'repeated' | 'context'
export type SetUpFault =
  | { kind: 'token-invalid' }
  | { kind: 'password'; fault: PasswordFault }
  | { kind: 'email-invalid' }
export type AccountFault =
  | SignInFault
  | { kind: 'wrong-password' }
  | { kind: 'password'; fault: PasswordFault }
  | { kind: 'wrong-code' }
  | { kind: 'no-session' }
  | { kind: 'not-enrolling' }
export type PeopleFault =
  | { kind: 'email-taken' }
  | { kind: 'email-invalid' }
  | { kind: 'last-admin' }
  | { kind: 'not-found' }
  | { kind: 'more-than-own' }
  | { kind: 'password'; fault: PasswordFault }

export type Enrolment = { secret: Redacted; uri: Redacted }

/**
 * Signing in and staying signed in. It speaks neither HTTP nor pages: it takes headers and gives cookies. Every change
 * leaves exactly one audit row, in the transaction of the change.
 */
export interface SignIn {
  /** The holder of the request's session cookie; null when there is none, or it has ended. */
  whoCalls(headers: Headers): Promise<SignedIn | null>
  enterPassword(call: Call, email: string, password: Redacted): Promise<Result<SignInStep, SignInFault>>
  /** A TOTP code or a one-time backup code, after the password. */
  enterCode(call: Call, code: Redacted): Promise<Result<SignInStep, SignInFault>>
  /** Whether the request carries a passed password that still waits for its second factor. */
  awaitsCode(headers: Headers): Promise<boolean>
  signOut(call: Call): Promise<CookieToSet[]>
}
