import { betterAuth } from 'better-auth'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { twoFactor } from 'better-auth/plugins'
import { hashedSessions } from './hashed-sessions'
import { hashPassword, verifyPassword } from './password-hash'
import type { AuthModels } from './ports'
import type { SignInSettings } from './settings'

/** Where the library finds the caller's address; set by us, never taken from a request. */
export const CLIENT_HEADER = 'x-postroom-client'
export const ISSUER = 'Postroom'
const BACKUP_CODES = 10
const CHALLENGE_SECONDS = 10 * 60

/** What the library asks about passwords, where it must not do the slow work itself inside a transaction. */
export interface PasswordAnswers {
  hash(password: string): Promise<string>
  verify(input: { hash: string; password: string }): Promise<boolean>
}

const SLOWLY: PasswordAnswers = {
  hash: hashPassword,
  verify: ({ hash, password }) => verifyPassword(hash, password),
}

/**
 * The sign-in library over one set of tables: the pool's, or one transaction's, so that what it writes commits together
 * with our audit row. Its HTTP handler is mounted nowhere: only our stories call it, after our own limits, since
 * its limiter does not see such calls.
 */
export function createAuth(models: AuthModels, settings: SignInSettings, password: PasswordAnswers = SLOWLY) {
  const { cookies } = settings
  const session = hashedSessions(models.session)
  return betterAuth({
    appName: ISSUER,
    baseURL: settings.baseUrl.origin,
    secret: settings.secret.reveal(),
    database: prismaAdapter({ ...models, session }, { provider: 'postgresql' }),
    telemetry: { enabled: false },
    logger: { disabled: true },
    // Off here because it is ours: see guess-guard. The library's own would count nothing.
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 1,
      maxPasswordLength: 4096,
      password,
    },
    account: { accountLinking: { enabled: false } },
    user: {
      modelName: 'operator',
      additionalFields: {
        role: { type: 'string', input: false, required: false },
        disabledAt: { type: 'date', input: false, required: false },
        locale: { type: 'string', input: false, required: false },
        lastSignInAt: { type: 'date', input: false, required: false },
      },
      changeEmail: { enabled: false },
      deleteUser: { enabled: false },
    },
    session: {
      expiresIn: settings.sessionHours * 60 * 60,
      disableSessionRefresh: true,
      cookieCache: { enabled: false },
      additionalFields: { lastSeenAt: { type: 'date', input: false, required: false } },
    },
    advanced: {
      useSecureCookies: false, // our own names carry the prefix; the attribute follows the base URL
      cookiePrefix: cookies.session,
      cookies: {
        session_token: { name: cookies.session },
        two_factor: { name: cookies.challenge },
      },
      defaultCookieAttributes: { secure: cookies.secure, httpOnly: true, sameSite: 'lax', path: '/' },
      ipAddress: { ipAddressHeaders: [CLIENT_HEADER] },
      disableCSRFCheck: false,
    },
    plugins: [
      twoFactor({
        issuer: ISSUER,
        twoFactorCookieMaxAge: CHALLENGE_SECONDS,
        backupCodeOptions: { amount: BACKUP_CODES, storeBackupCodes: 'encrypted' },
        // Ours counts per account already, and forgets on success; a second lock would only confuse.
        accountLockout: { enabled: false },
      }),
    ],
  })
}

export type Auth = ReturnType<typeof createAuth>
