import type { Origin, Role } from '../kernel/actor'
import type { Complaint } from '../kernel/complaint'
import type { Locale } from '../kernel/locale'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'
import type { Notice } from './notices'
import type { PasswordFault } from './password-policy'
import type { NewOperator, PeopleChange } from './people'
import type { Doer } from './room'
import type { SetUpInput } from './set-up'

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

export type SetUpFault =
  | { kind: 'token-invalid' }
  | { kind: 'wait'; waitMs: number }
  | { kind: 'email-invalid' }
  | { kind: 'name'; complaint: Complaint }
  | { kind: 'password'; fault: PasswordFault }
export type SetUpView = { kind: 'first-admin' } | { kind: 'operator'; email: string }

export type AccountFault =
  | { kind: 'wait'; waitMs: number }
  | { kind: 'wrong-password' }
  | { kind: 'password'; fault: PasswordFault }
  | { kind: 'wrong-code' }
  | { kind: 'no-session' }
  | { kind: 'not-enrolling' }

export type PeopleFault =
  | { kind: 'email-taken' }
  | { kind: 'email-invalid' }
  | { kind: 'name'; complaint: Complaint }
  | { kind: 'password'; fault: PasswordFault }
  | { kind: 'last-admin' }
  | { kind: 'not-found' }
  | { kind: 'more-than-own' }

/** A second factor's seed while it waits for its first code. */
export interface Enrolment {
  secret: Redacted
  uri: Redacted
}

/**
 * Signing in and staying signed in, one's own account, other people's. It speaks neither HTTP nor pages: it takes headers
 * and gives cookies. Every change and every refusal leaves exactly one audit row, in the transaction of the change.
 */
export interface SignIn {
  /** The holder of the request's session cookie; null when there is none, or it has ended. */
  whoCalls(headers: Headers): Promise<SignedIn | null>
  enterPassword(call: Call, email: string, password: Redacted): Promise<Result<SignInStep, SignInFault>>
  /** Whether a passed password waits for its second factor. */
  awaitsCode(headers: Headers): Promise<boolean>
  /** A TOTP code or a one-time backup code, after the password. */
  enterCode(call: Call, code: Redacted): Promise<Result<SignInStep, SignInFault>>
  signOut(call: Call): Promise<CookieToSet[]>

  /** To be printed at start while there is no operator; null afterwards. */
  ensureSetupToken(): Promise<Redacted | null>
  setUpView(token: Redacted): Promise<SetUpView | null>
  setUp(call: Call, input: SetUpInput): Promise<Result<null, SetUpFault>>

  isFresh(session: SignedIn): boolean
  changePassword(
    call: Call,
    session: SignedIn,
    current: Redacted,
    next: Redacted,
  ): Promise<Result<CookieToSet[], AccountFault>>
  beginEnrolment(call: Call, session: SignedIn, password: Redacted): Promise<Result<null, AccountFault>>
  pendingEnrolment(session: SignedIn): Promise<Enrolment | null>
  confirmEnrolment(call: Call, session: SignedIn, code: Redacted): Promise<Result<CookieToSet[], AccountFault>>
  removeOwnFactor(call: Call, session: SignedIn, password: Redacted): Promise<Result<null, AccountFault>>
  renewBackupCodes(call: Call, session: SignedIn, password: Redacted): Promise<Result<null, AccountFault>>
  chooseLocale(operatorId: string, locale: Locale | null): Promise<void>
  /** What is shown once to this operator: backup codes, a set-up link. */
  notice(operatorId: string): Promise<Notice | null>
  dropNotice(operatorId: string): Promise<void>

  operators(): Promise<OperatorView[]>
  sessions(operatorId: string | null): Promise<SessionView[]>
  endSession(doer: Doer, sessionId: string, ofOperatorId: string | null): Promise<boolean>
  addOperator(doer: Doer, input: NewOperator): Promise<Result<{ id: string; setUpPath: Redacted | null }, PeopleFault>>
  changeOperator(
    doer: Doer,
    operatorId: string,
    wanted: PeopleChange,
  ): Promise<Result<{ setUpPath: Redacted | null }, PeopleFault>>
  rescueOperator(doer: Doer, email: string, makeAdmin: boolean): Promise<Result<{ setUpPath: Redacted }, PeopleFault>>
}
