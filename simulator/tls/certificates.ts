import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { bits, boolean, explicit, integer, octets, oid, sequence, set, tagged, utcTime, utf8 } from './der'

const DAY_MS = 24 * 60 * 60 * 1000

/** A wrong certificate is a fault like any other; `good` is for localhost and our own CA. */
export const CERTIFICATE_KINDS = [
  'good',
  'wrong-name',
  'expired',
  'not-yet-valid',
  'self-signed',
  'unknown-issuer',
] as const
export type CertificateKind = (typeof CERTIFICATE_KINDS)[number]

export interface Certificates {
  /** What clients must trust, PEM. */
  caPem: string
  /** `tls11` offers nothing newer than TLS 1.1, as machines of the last decade do. */
  context(kind: CertificateKind, tls11: boolean): SecureContext
}

interface Signer {
  name: string
  publicKey: KeyObject
  privateKey: KeyObject
}

interface CertificateOptions {
  issuer: Signer
  subject: Signer
  /** Days from now. */
  days: readonly [from: number, to: number]
  extensions: Buffer[]
}

const ECDSA_WITH_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1')

const makeSigner = (name: string): Signer => ({ name, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) })
const commonName = (name: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), utf8(name))))
const spkiOf = ({ publicKey }: Signer): Buffer => publicKey.export({ type: 'spki', format: 'der' })
const keyIdOf = (signer: Signer): Buffer => createHash('sha1').update(spkiOf(signer)).digest()

function extension(id: string, critical: boolean, content: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(content))
}

/** A version 3 certificate (RFC 5280 §4.1), PEM. */
function makeCertificate({ issuer, subject, days, extensions }: CertificateOptions): string {
  const serial = randomBytes(16)
  const [from, to] = days.map((day) => new Date(Date.now() + day * DAY_MS))
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), serial.subarray(1)])),
    ECDSA_WITH_SHA256,
    commonName(issuer.name),
    sequence(...[from, to].map((at) => utcTime(at ?? new Date()))),
    commonName(subject.name),
    spkiOf(subject),
    explicit(3, sequence(...extensions)),
  )
  const der = sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, issuer.privateKey)))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function makeAuthority(name: string): Signer & { pem: string } {
  const signer = makeSigner(name)
  const extensions = [
    extension('2.5.29.19', true, sequence(boolean(true))),
    extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)), // keyCertSign, cRLSign
    extension('2.5.29.14', false, octets(keyIdOf(signer))),
  ]
  return { ...signer, pem: makeCertificate({ issuer: signer, subject: signer, days: [-1, 365], extensions }) }
}

const dnsName = (name: string): Buffer => tagged(0x82, Buffer.from(name))
const ipAddress = (...bytes: number[]): Buffer => tagged(0x87, Buffer.from(bytes))
const LOCAL = [dnsName('localhost'), ipAddress(127, 0, 0, 1), ipAddress(...Array<number>(15).fill(0), 1)]
const ELSEWHERE = [dnsName('mail.fabrikam.example')]

interface Leaf {
  key: string
  cert: string
}

/** `issuer: null` signs itself. */
function makeLeaf(issuer: Signer | null, names: Buffer[], days: readonly [number, number]): Leaf {
  const subject = makeSigner('localhost')
  const signer = issuer ?? subject
  const extensions = [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)), // digitalSignature
    extension('2.5.29.37', false, sequence(SERVER_AUTH)),
    extension('2.5.29.17', false, sequence(...names)),
    extension('2.5.29.35', false, sequence(tagged(0x80, keyIdOf(signer)))),
  ]
  return {
    key: subject.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: makeCertificate({ issuer: signer, subject, days, extensions }),
  }
}

let shared: Certificates | undefined

/** A fresh CA and every certificate that the simulator may show, for all simulators of a process; nothing outlives it but `ca.pem`. */
export function certificatesOfProcess(): Certificates {
  shared ??= makeCertificates()
  return shared
}

function makeCertificates(): Certificates {
  const ours = makeAuthority('Postroom simulator CA')
  const leaves: Record<CertificateKind, Leaf> = {
    good: makeLeaf(ours, LOCAL, [-1, 90]),
    'wrong-name': makeLeaf(ours, ELSEWHERE, [-1, 90]),
    expired: makeLeaf(ours, LOCAL, [-60, -2]),
    'not-yet-valid': makeLeaf(ours, LOCAL, [2, 90]),
    'self-signed': makeLeaf(null, LOCAL, [-1, 90]),
    'unknown-issuer': makeLeaf(makeAuthority('A CA that is not trusted'), LOCAL, [-1, 90]),
  }
  const contexts = new Map<string, SecureContext>()
  return {
    caPem: ours.pem,
    context(kind, tls11) {
      const name = `${kind} ${tls11}`
      const context = contexts.get(name) ?? createSecureContext({ ...leaves[kind], ...(tls11 ? TLS_1_1 : TLS_1_2) })
      contexts.set(name, context)
      return context
    },
  }
}

const TLS_1_2 = { minVersion: 'TLSv1.2' } as const
/** OpenSSL 3 speaks TLS 1.1 only below its security level 1. */
const TLS_1_1 = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
