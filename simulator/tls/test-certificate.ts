import { constants, createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { bits, integer, oid, sequence, set, utcTime, utf8 } from './der'

export interface TestCertificate {
  privateKey: KeyObject
  pem: string
  /** Base64 of the DER, as Graph takes it. */
  key: string
  thumbprint: string
}

/** Short, since only tests trust it, and a long key takes seconds to generate. */
export const makeKey = () => generateKeyPairSync('rsa', { modulusLength: 1024 })

/** A client's own certificate; `days` are counted from now. */
export function selfSigned(days: readonly [number, number] = [-1, 30], keys = makeKey()): TestCertificate {
  const algorithm = sequence(oid('1.2.840.113549.1.1.11'))
  const name = sequence(set(sequence(oid('2.5.4.3'), utf8('Postroom client'))))
  const life = days.map((day) => utcTime(new Date(Date.now() + day * 86_400_000)))
  const spki = keys.publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(integer(Buffer.from([1])), algorithm, name, sequence(...life), name, spki)
  const der = sequence(body, algorithm, bits(sign('sha256', body, keys.privateKey)))
  const key = der.toString('base64')
  const pem = `-----BEGIN CERTIFICATE-----\n${key}\n-----END CERTIFICATE-----\n`
  return { privateKey: keys.privateKey, pem, key, thumbprint: createHash('sha256').update(der).digest('base64url') }
}

/** A token that is signed with this key, whatever it says. */
export function jwt(head: Record<string, unknown>, claims: Record<string, unknown>, key: KeyObject): string {
  const spell = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${spell({ typ: 'JWT', ...head })}.${spell(claims)}`
  const padding = head.alg === 'RS256' ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
  return `${signed}.${sign('sha256', Buffer.from(signed), { key, ...padding }).toString('base64url')}`
}

interface AssertionOf {
  audience: string
  clientId: string
  certificate: TestCertificate
  /** The client's clock. */
  now?: Date
}

export function assertion(
  { audience, clientId, certificate, now = new Date() }: AssertionOf,
  over: Record<string, unknown> = {},
  head: Record<string, unknown> = {},
): string {
  const from = Math.floor(now.getTime() / 1000)
  const claims = { aud: audience, iss: clientId, sub: clientId, jti: randomUUID(), nbf: from, exp: from + 600, ...over }
  return jwt({ alg: 'PS256', 'x5t#S256': certificate.thumbprint, ...head }, claims, certificate.privateKey)
}
