import { isObject, parseJson, type TokenClaims } from '../kernel'
import { scrub } from '../net'
import type { AccessToken } from './contracts'

/** More roles than any token of Exchange Online has. The rest of a list is ignored. */
const ROLES_MAX = 50

/**
 * A token's claims, for diagnosis only. Microsoft calls its tokens opaque, so nothing is verified and any claim may be missing. Null if the
 * token cannot be read, which is not a fault.
 */
export function readClaims({ bearer }: AccessToken): TokenClaims | null {
  const claims = claimsIn(bearer.reveal())
  if (!claims) return null
  return {
    aud: text(claims.aud),
    tid: text(claims.tid),
    appid: text(claims.appid) ?? text(claims.azp),
    oid: text(claims.oid),
    roles: Array.isArray(claims.roles) ? claims.roles.slice(0, ROLES_MAX).flatMap((role) => text(role) ?? []) : [],
    scp: text(claims.scp),
    notBefore: instant(claims.nbf),
    expiresAt: instant(claims.exp),
  }
}

/** Null if this is no JWT. Its signature is not verified. */
export function claimsIn(jwt: string): Record<string, unknown> | null {
  const [, claims, signature, more] = jwt.split('.')
  if (claims === undefined || signature === undefined || more !== undefined) return null
  const value = parseJson(Buffer.from(claims, 'base64url').toString('utf8'))
  return isObject(value) ? value : null
}

/** Scrubbed, because a server wrote it and a page will show it. */
const text = (value: unknown): string | null => (typeof value === 'string' ? scrub(value) : null)

export function instant(seconds: unknown): Date | null {
  const date = typeof seconds === 'number' ? new Date(seconds * 1000) : null
  return date && !Number.isNaN(date.getTime()) ? date : null
}
