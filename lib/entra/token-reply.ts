/** Visible ASCII, no blank: what may stand in a header or an AUTH line. */
const BEARER = /^[\x21-\x7e]+$/
/** N-08. Entra gives 60 to 90 minutes; less than one or more than a day is no lifetime. */
const EXPIRES_IN_S_MIN = 60
const EXPIRES_IN_S_MAX = 86_400

export const isBearer = (value: unknown): value is string => typeof value === 'string' && BEARER.test(value)

/** A token reply counts only with a bearer that can be sent and a lifetime that can be true (N-08). */
export function usableToken(body: unknown): { bearer: string; expiresInS: number } | null {
  if (typeof body !== 'object' || body === null) return null
  const { access_token: bearer, expires_in: expiresInS } = body as Record<string, unknown>
  if (!isBearer(bearer)) return null
  if (typeof expiresInS !== 'number' || !(expiresInS >= EXPIRES_IN_S_MIN && expiresInS <= EXPIRES_IN_S_MAX)) return null
  return { bearer, expiresInS }
}
