import { randomInt } from 'node:crypto'
import { prismaAdapter } from 'better-auth/adapters/prisma'
import { betterAuth } from 'better-auth/minimal'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { hashedSessions } from './hashed-sessions'
import type { SignInSettings } from './settings'
import type { AuthModels } from './store'

/** Header in which the library finds the caller's address. We set it and never take it from a request. */
export const CLIENT_HEADER = 'x-postroom-client'
export const ISSUER = 'Postroom'
const BACKUP_CODES = 10
/** Backup codes are read from paper, so they have no characters that look alike. */
const CODE_CHARACTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
/** 59 random bits. */
const CODE_LENGTH = 12
const CHALLENGE_SECONDS = 10 * 60

/** Answers the library's questions about passwords, so that it does not hash inside a transaction. */
interface PasswordAnswers {
  hash(password: string): Promise<string>
  verify(input: { hash: string; password: string }): Promise<boolean>
}

/**
 * The sign-in library over one set of tables: those of the connection pool or of one transaction, so that its writes commit together
 * with our audit entry. Its HTTP handler is mounted nowhere. Only our operations call it, after our own limits, because its rate limiter
 * does not see such calls.
 */
export function createAuth(models: AuthModels, settings: SignInSettings, password: PasswordAnswers) {
  const { cookies } = settings
  const session = hashedSessions(models.session)
  return betterAuth({
    appName: ISSUER,
    baseURL: settings.baseUrl.origin,
    secret: settings.secret.reveal(),
    database: prismaAdapter({ ...models, session }, { provider: 'postgresql' }),
    telemetry: { enabled: false },
    logger: { disabled: true },
    // Off, because we limit attempts ourselves. The library's limiter would count nothing.
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
      useSecureCookies: false, // our cookie names carry the prefix, and the attribute follows the base URL
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
        backupCodeOptions: {
          storeBackupCodes: 'encrypted',
          customBackupCodesGenerate: () => Array.from({ length: BACKUP_CODES }, backupCode),
        },
        // Our limit counts per account already and is reset by a success.
        accountLockout: { enabled: false },
      }),
    ],
  })
}

export type Auth = ReturnType<typeof createAuth>

/** A backup code as it is stored, from one that was typed with capitals, without hyphens or with others. Anything else stays as it is. */
export function storedBackupCode(typed: string): string {
  const characters = typed.toLowerCase().match(/[a-z0-9]/g) ?? []
  const isCode = characters.length === CODE_LENGTH && characters.every((each) => CODE_CHARACTERS.includes(each))
  return isCode ? hyphened(characters.join('')) : typed
}

/** Such as `k7mq-2xpd-hw9t`. */
const hyphened = (characters: string): string => characters.replace(/.{4}(?!$)/g, '$&-')

const backupCode = (): string =>
  hyphened(Array.from({ length: CODE_LENGTH }, () => CODE_CHARACTERS[randomInt(CODE_CHARACTERS.length)]).join(''))
