import 'reflect-metadata'
import { type webcrypto as types, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { DAY_MS } from '../../lib/kernel'

/** For tests only: a certificate authority made on the spot, and what it certifies. */
export interface TestAuthority {
  /** PEM, for the dialer's `ca`. */
  certificate: string
  certify(wish?: { names?: string[]; notBefore?: Date; notAfter?: Date; selfSigned?: boolean }): Promise<TestIdentity>
}

export interface TestIdentity {
  cert: string
  key: string
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const newKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

let shared: Promise<TestAuthority> | undefined

/** One for all tests of a process. A connection that trusts another one than the connection before parses every built-in root again. */
export function testAuthority(): Promise<TestAuthority> {
  shared ??= createTestAuthority()
  return shared
}

export async function createTestAuthority(): Promise<TestAuthority> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto)
  const keys = await newKeys()
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Litware test authority',
    keys: keys as CryptoKeyPair,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 30 * DAY_MS),
    notAfter: new Date(Date.now() + 30 * DAY_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as CryptoKey),
    ],
  })
  // Without it, strict programs such as Python 3.13 refuse a certificate.
  const issuedBy = await x509.AuthorityKeyIdentifierExtension.create(root)
  return {
    certificate: root.toString('pem'),
    async certify({ names = ['localhost'], notBefore, notAfter, selfSigned = false } = {}) {
      const own = await newKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${names[0]}`,
        issuer: selfSigned ? `CN=${names[0]}` : root.subject,
        publicKey: own.publicKey as CryptoKey,
        signingKey: (selfSigned ? own : keys).privateKey as CryptoKey,
        signingAlgorithm: ALGORITHM,
        notBefore: notBefore ?? new Date(Date.now() - DAY_MS),
        notAfter: notAfter ?? new Date(Date.now() + DAY_MS),
        extensions: [
          new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
          ...(selfSigned ? [] : [issuedBy]),
        ],
      })
      return { cert: certificate.toString('pem'), key: await pemOf(own) }
    },
  }
}

async function pemOf(keys: types.CryptoKeyPair): Promise<string> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return x509.PemConverter.encode(new Uint8Array(pkcs8).buffer, 'PRIVATE KEY')
}
