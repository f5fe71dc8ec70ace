import type { Locale } from '../i18n/locale'
import type { Caller } from '../kernel/actor'
import type { Redacted } from '../kernel/redacted'
import type { Result } from '../kernel/result'

import type { SetUpInput } from './first-administrator'
import type { Notice } from './notices'
import type { NewOperator, PeopleChange } from './operators'
import type {
  AccountFault,
  Call,
  CookieToSet,
  Enrolment,
  OperatorView,
  PeopleFault,
  SessionView,
  SetUpFault,
  SetUpView,
  SignedIn,
  SignInFault,
  SignInStep,
} from './terms'

/**
 * Signing in and staying signed in, one's own account, other people's. It speaks neither HTTP nor pages: it takes headers
 * and gives cookies. Every change and every refusal leaves exactly one audit row, in the transaction of the change.
 */
export interface SignIn {
  /** The holder of the request's session cookie; null when there is none, or it has ended. */
  getSession(headers: Headers): Promise<SignedIn | null>
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
  /** What wants a fresh session was asked of an older one: nothing was done but its audit row. */
  demandConfirmation(call: Call, session: SignedIn, what: string): Promise<void>
  /** Password again, and the second factor where the account has one: the same person goes on with a new, fresh session. */
  confirm(
    call: Call,
    session: SignedIn,
    proof: { password: Redacted; code: Redacted },
  ): Promise<Result<CookieToSet[], AccountFault>>
  /** Whether the policy takes this new password of the caller's. */
  mayChoosePassword(session: SignedIn, next: Redacted): boolean
  /** This and the next two decide who owns the account: the caller has confirmed password and second factor just before. */
  changePassword(call: Call, session: SignedIn, next: Redacted): Promise<Result<CookieToSet[], AccountFault>>
  removeOwnFactor(call: Call, session: SignedIn): Promise<void>
  renewBackupCodes(call: Call, session: SignedIn): Promise<Result<null, AccountFault>>
  beginEnrolment(call: Call, session: SignedIn, password: Redacted): Promise<Result<null, AccountFault>>
  pendingEnrolment(session: SignedIn): Promise<Enrolment | null>
  confirmEnrolment(call: Call, session: SignedIn, code: Redacted): Promise<Result<CookieToSet[], AccountFault>>
  chooseLocale(operatorId: string, locale: Locale | null): Promise<void>
  /** What is shown once to this operator: backup codes, a set-up link, a calendar address. */
  notice(operatorId: string): Promise<Notice | null>
  keepNotice(operatorId: string, notice: Notice): Promise<void>
  dropNotice(operatorId: string): Promise<void>

  operators(): Promise<OperatorView[]>
  sessions(operatorId: string | null): Promise<SessionView[]>
  endSession(caller: Caller, sessionId: string, ofOperatorId: string | null): Promise<boolean>
  addOperator(
    caller: Caller,
    input: NewOperator,
  ): Promise<Result<{ id: string; setUpPath: Redacted | null }, PeopleFault>>
  changeOperator(
    caller: Caller,
    operatorId: string,
    wanted: PeopleChange,
  ): Promise<Result<{ setUpPath: Redacted | null }, PeopleFault>>
  rescueOperator(
    caller: Caller,
    email: string,
    makeAdmin: boolean,
  ): Promise<Result<{ setUpPath: Redacted }, PeopleFault>>
}
