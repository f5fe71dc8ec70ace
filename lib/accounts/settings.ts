import type { Redacted, Role } from '../kernel'

/** An idle session ends after an hour, any session after a working day and a half; a deployment may ask for less. */
export const SESSION_IDLE_MINUTES_MAX = 60
export const SESSION_HOURS_MAX = 12
/** Changes to sign-in itself need a session younger than this, or the password again. */
export const FRESH_MINUTES = 10
/** A set-up link, or the token of the first administrator, is valid over a long weekend. */
export const SET_UP_HOURS = 72
/** A new seed waits this long for its first code, so that a picture of it that lies around is soon worth nothing. */
export const ENROLMENT_MINUTES = 15
/** What is shown once stays readable this long to the same operator, or until they confirm that they have it. */
export const NOTICE_MINUTES = 10

export type SecondFactorPolicy = 'admins' | 'all' | 'none'

export interface CookieNames {
  session: string
  /** Between password and second factor. */
  challenge: string
  /** A browser that has signed in before, or in which a set-up link was used. */
  device: string
  secure: boolean
}

export interface SignInSettings {
  baseUrl: URL
  secret: Redacted
  secondFactor: SecondFactorPolicy
  sessionIdleMinutes: number
  /** From 1 to SESSION_HOURS_MAX. */
  sessionHours: number
  cookies: CookieNames
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/**
 * Over https the `__Host-` prefix binds a cookie to this origin, `Secure` and path `/`. Over http only a console on this machine gets
 * cookies, for trying things out. For any other address there is no safe cookie, and the result is null.
 */
export function cookieNames(baseUrl: URL): CookieNames | null {
  const names = (prefix: string, secure: boolean): CookieNames => ({
    session: `${prefix}postroom`,
    challenge: `${prefix}postroom-code`,
    device: `${prefix}postroom-device`,
    secure,
  })
  if (baseUrl.protocol === 'https:') return names('__Host-', true)
  return baseUrl.protocol === 'http:' && LOOPBACK_NAMES.includes(baseUrl.hostname) ? names('', false) : null
}

/** Why a base URL allows no session cookie, or null if it does. Checked where the environment is read. */
export const baseUrlProblem = (baseUrl: URL): string | null =>
  cookieNames(baseUrl) ? null : 'must begin with https://, except on this machine itself (http://localhost)'

export const isSecondFactorDue = (policy: SecondFactorPolicy, role: Role): boolean =>
  policy === 'all' || (policy === 'admins' && role === 'admin')
