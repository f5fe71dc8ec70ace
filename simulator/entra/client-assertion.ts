import { X509Certificate } from 'node:crypto'
import { type Application, thumbprintOf, validityOf } from '../world/world'
import { ALGORITHMS, type Jwt, readJwt, signatureHolds } from './jwt'

export type AssertionVerdict = { ok: true } | { ok: false; number: number; detail: string }
export const no = (number: number, detail: string): AssertionVerdict => ({ ok: false, number, detail })

const LONGEST_LIFE_S = 24 * 60 * 60
const LEEWAY_S = 300

/** Ids of assertions that were used, each until its assertion expires. */
export type SeenAssertions = Map<string, number>

interface Check {
  jwt: Jwt
  application: Application
  /** Accepted values of `aud`: the token endpoint, under each of its names. */
  audiences: readonly string[]
  now: Date
  usedIds: SeenAssertions
}

/** Null if it is no token. Its issuer says whether the client signed it or a federated identity provider did. */
export function readAssertion(assertion: string, { appId }: Application): { jwt: Jwt; own: boolean } | null {
  const jwt = readJwt(assertion)
  if (!jwt) return null
  const { iss } = jwt.claims
  return { jwt, own: 'x5t#S256' in jwt.head || iss === appId || typeof iss !== 'string' }
}

/**
 * Checks a client assertion: a short-lived token that the client signed with its certificate, PS256 or RS256 (RFC 7523).
 * @see Microsoft, "Certificate credentials": header `x5t#S256`, `aud` the token endpoint, `iss` = `sub` = client id.
 */
export function checkAssertion({ jwt, application, audiences, now, usedIds }: Check): AssertionVerdict {
  const { head, claims } = jwt
  if (!ALGORITHMS.includes(String(head.alg))) return no(50012, `The algorithm '${String(head.alg)}' is not accepted.`)
  const thumbprint = head['x5t#S256']
  const certificate = application.certificates.find(
    (known) => known.knownFrom <= now && thumbprintOf(known) === thumbprint,
  )
  if (!certificate) return no(700027, `Reason: the key was not found. Thumbprint of the key: '${String(thumbprint)}'.`)
  const { from, holds } = validityOf(certificate, now)
  if (!holds) return no(700027, `Reason: the key ${from > now ? 'is not valid yet' : 'has expired'}.`)
  if (!signatureHolds(jwt, new X509Certificate(certificate.pem).publicKey)) {
    return no(700027, 'Reason: the signature does not verify.')
  }
  if (claims.iss !== application.appId || claims.sub !== application.appId) return no(700022, '')
  if (!audiences.includes(String(claims.aud))) return no(700023, `It is '${String(claims.aud)}'.`)
  return checkLife(claims, now) ?? checkOnce(claims, now, usedIds)
}

/** Null while the token is valid. */
export function checkLife(claims: Record<string, unknown>, at: Date): AssertionVerdict | null {
  const now = at.getTime() / 1000
  const { exp, nbf } = claims
  if (typeof exp !== 'number' || exp < now - LEEWAY_S) return no(700024, 'It has ended.')
  if (typeof nbf === 'number' && nbf > now + LEEWAY_S) return no(700024, 'It is not valid yet.')
  return exp - (typeof nbf === 'number' ? nbf : now) > LONGEST_LIFE_S ? no(700024, 'It lives too long.') : null
}

function checkOnce({ jti, exp }: Record<string, unknown>, at: Date, usedIds: SeenAssertions): AssertionVerdict {
  const now = at.getTime() / 1000
  for (const [id, ends] of usedIds) if (ends < now - LEEWAY_S) usedIds.delete(id)
  if (typeof jti !== 'string' || jti === '') return no(50012, "It has no 'jti'.")
  if (usedIds.has(jti)) return no(50012, "Its 'jti' was used before.")
  usedIds.set(jti, Number(exp))
  return { ok: true }
}
