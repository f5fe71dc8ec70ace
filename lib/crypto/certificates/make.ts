import { generateKeyPair, randomBytes, sign, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import ipaddr from 'ipaddr.js'
import forge from 'node-forge'
import { DAY_MS, MINUTE_MS } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { type CertificateWithKey, thumbprintOf } from './pair'

/** Security level of 128 bits (NIST SP 800-57) for a key that is valid for at most two years. */
const KEY_BITS = 3072
/** Microsoft's clock may be behind ours. */
const HEAD_START_MS = 5 * MINUTE_MS
/** Upper bound of a common name in X.520. */
const NAME_CHARS_MAX = 64

/** PEM. */
export type KeyPair = Awaited<ReturnType<typeof newKeyPair>>
export const newKeyPair = () =>
  promisify(generateKeyPair)('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })

/** `host`: for a server of this name or address; without it, for an application that signs in. */
export interface CertificateWish {
  name: string
  days: number
  now: Date
  host?: string
}

export async function makeCertificate(wish: CertificateWish, pair: KeyPair): Promise<CertificateWithKey> {
  const startsAt = wholeSecond(wish.now.getTime() - HEAD_START_MS)
  const expiresAt = wholeSecond(wish.now.getTime() + wish.days * DAY_MS)

  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey)
  certificate.serialNumber = serialNumber()
  certificate.validity.notBefore = startsAt
  certificate.validity.notAfter = expiresAt
  const subject = [{ name: 'commonName', value: commonName(wish.name) }]
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: wish.host !== undefined, critical: true },
    { name: 'extKeyUsage', ...(wish.host === undefined ? { clientAuth: true } : { serverAuth: true }) },
    ...(wish.host === undefined ? [] : [{ name: 'subjectAltName', altNames: [alternativeName(wish.host)] }]),
    { name: 'subjectKeyIdentifier' },
  ])
  // Signed by Node.js, since node-forge would block the process for a third of a second.
  const key = { sign: () => sign('sha256', contentOf(certificate), pair.privateKey).toString('latin1') }
  certificate.sign(key as unknown as forge.pki.rsa.PrivateKey, forge.md.sha256.create())
  const pem = new X509Certificate(forge.pki.certificateToPem(certificate)).toString()
  return {
    privateKey: new Redacted(pair.privateKey),
    certificate: pem,
    thumbprint: thumbprintOf(new X509Certificate(pem)),
    startsAt,
    expiresAt,
  }
}

/** A DNS name, or an address (RFC 5280 §4.2.1.6). */
const alternativeName = (host: string) => (ipaddr.isValid(host) ? { type: 7, ip: host } : { type: 2, value: host })

const contentOf = (certificate: forge.pki.Certificate): Buffer =>
  Buffer.from(forge.asn1.toDer(certificate.tbsCertificate).getBytes(), 'latin1')

/** Dates in certificates have no milliseconds. */
const wholeSecond = (ms: number): Date => new Date(Math.floor(ms / 1000) * 1000)

/** Positive, 127 random bits. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

/** Only characters of PrintableString, which every tool shows in the same way. */
const commonName = (name: string): string =>
  name
    .replace(/[^A-Za-z0-9 '()+,./:=?-]+/g, '-')
    .slice(0, NAME_CHARS_MAX)
    .trim()
