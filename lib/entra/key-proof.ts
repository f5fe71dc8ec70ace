import { createHash, sign, X509Certificate } from 'node:crypto'
import type { KeyProof } from './contracts'

/** Microsoft's fixed id for this purpose in every cloud. */
const AUDIENCE = '00000002-0000-0000-c000-000000000000'
/** Graph accepts at most ten minutes. They begin a minute ago, because clocks differ. */
const LIFE_S = 600
const EARLY_S = 60

/**
 * Proof of possession: shows with a current certificate of the application that it may change its certificates. RS256, `kid` and `x5t`
 * are the only form that Microsoft documents.
 *
 * @see Microsoft Graph, "Generate proof of possession tokens for rolling keys".
 */
export function keyProof({ objectId, privateKey, certificate }: KeyProof, now: Date): string {
  const { raw } = new X509Certificate(certificate)
  const sha1 = createHash('sha1').update(raw).digest()
  const sha256 = createHash('sha256').update(raw).digest()
  const head = {
    alg: 'RS256',
    typ: 'JWT',
    kid: sha1.toString('hex').toUpperCase(),
    x5t: sha1.toString('base64url'),
    'x5t#S256': sha256.toString('base64url'),
  }
  const from = Math.floor(now.getTime() / 1000) - EARLY_S
  const claims = { aud: AUDIENCE, iss: objectId, iat: from, nbf: from, exp: from + LIFE_S }
  const signed = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey.reveal()).toString('base64url')}`
}
