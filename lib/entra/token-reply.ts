import { isObject } from '../kernel/is-object'

/** Visible ASCII without spaces, as a header or an AUTH command allows, and no longer than servers accept a header (16 KB). */
const BEARER = /^[\x21-\x7e]{1,16384}$/
/** Entra gives 60 to 90 minutes. Less than a minute or more than a day is not plausible. */
const EXPIRES_IN_S_MIN = 60
const EXPIRES_IN_S_MAX = 86_400

export const isBearer = (value: unknown): value is string => typeof value === 'string' && BEARER.test(value)

/** A token reply is valid only with a bearer that can be sent and a plausible lifetime. */
export function usableToken(body: unknown): { bearer: string; expiresInS: number } | null {
  if (!isObject(body)) return null
  const { access_token: bearer, expires_in: expiresInS } = body
  if (!isBearer(bearer)) return null
  if (typeof expiresInS !== 'number' || !(expiresInS >= EXPIRES_IN_S_MIN && expiresInS <= EXPIRES_IN_S_MAX)) return null
  return { bearer, expiresInS }
}
