import { constants, verify, X509Certificate } from 'node:crypto'
import { type Application, thumbprintOf } from './world'

export type AssertionVerdict = { ok: true } | { ok: false; number: number; detail: string }
const no = (number: number, detail: string): AssertionVerdict => ({ ok: false, number, detail })

const LONGEST_LIFE_S = 24 * 60 * 60
const LEEWAY_S = 300

/** Assertion ids that were seen, until the assertion itself has ended. */
export type SeenAssertions = Map<string, number>

interface Check {
  assertion: string
  application: Application
  /** Accepted values of `aud`: the token endpoint, under each of its names. */
  audiences: readonly string[]
  now: Date
  seen: SeenAssertions
}

function parts(assertion: string): { head: Record<string, unknown>; claims: Record<string, unknown> } | null {
  try {
    const [head = '', claims = ''] = assertion.split('.')
    const read = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
    return { head: read(head), claims: read(claims) }
  } catch {
    return null
  }
}

function signatureHolds(assertion: string, pem: string): boolean {
  const end = assertion.lastIndexOf('.')
  return verify(
    'sha256',
    Buffer.from(assertion.slice(0, end)),
    {
      key: new X509Certificate(pem).publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    },
    Buffer.from(assertion.slice(end + 1), 'base64url'),
  )
}

/**
 * A certificate's proof: PS256 over a short-lived token of the client's own making (RFC 7523).
 * @see Microsoft, "Certificate credentials": header `x5t#S256`, `aud` the token endpoint, `iss` = `sub` = client id.
 */
export function checkAssertion({ assertion, application, audiences, now, seen }: Check): AssertionVerdict {
  const read = parts(assertion)
  if (!read) return no(50012, 'It is not a JSON Web Token.')
  const { head, claims } = read
  if (head.alg !== 'PS256') return no(50012, `The algorithm '${String(head.alg)}' is not accepted.`)
  const thumbprint = head['x5t#S256']
  const certificate = application.certificates.find((known) => thumbprintOf(known) === thumbprint)
  if (!certificate) return no(700027, `Reason: the key was not found. Thumbprint of the key: '${String(thumbprint)}'.`)
  if (new Date(new X509Certificate(certificate.pem).validTo) < now) return no(700027, 'Reason: the key has expired.')
  if (!signatureHolds(assertion, certificate.pem)) return no(700027, 'Reason: the signature does not verify.')
  if (claims.iss !== application.appId || claims.sub !== application.appId) return no(700022, '')
  if (!audiences.includes(String(claims.aud))) return no(700023, `It is '${String(claims.aud)}'.`)
  return checkTimes(claims, now, seen)
}

function checkTimes(claims: Record<string, unknown>, at: Date, seen: SeenAssertions): AssertionVerdict {
  const now = at.getTime() / 1000
  const { exp, nbf, jti } = claims
  if (typeof exp !== 'number' || exp < now - LEEWAY_S) return no(700024, 'It has ended.')
  if (typeof nbf === 'number' && nbf > now + LEEWAY_S) return no(700024, 'It is not valid yet.')
  if (exp - (typeof nbf === 'number' ? nbf : now) > LONGEST_LIFE_S) return no(700024, 'It lives too long.')
  for (const [id, ends] of seen) if (ends < now - LEEWAY_S) seen.delete(id)
  if (typeof jti !== 'string' || jti === '') return no(50012, "It has no 'jti'.")
  if (seen.has(jti)) return no(50012, "Its 'jti' was used before.")
  seen.set(jti, exp)
  return { ok: true }
}
