import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, createSign, createVerify, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import forge from 'node-forge'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Redacted } from '../../kernel/redacted'
import { createCertificates } from '.'
import type { CertificateWithKey } from './pair'

const NOW = new Date('2026-11-24T12:00:00Z')
const PASSWORD = new Redacted('pässword of the file')
const certificates = createCertificates()
let created: CertificateWithKey
let other: CertificateWithKey
let folder: string

beforeAll(async () => {
  const wish = { name: 'Postroom Mail server 4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60 ü', days: 365, now: NOW }
  ;[created, other] = await Promise.all([certificates.make(wish), certificates.make({ ...wish, name: 'x'.repeat(65) })])
  folder = mkdtempSync(path.join(os.tmpdir(), 'certificates-'))
  writeFileSync(path.join(folder, 'pair.pem'), pem(created))
})
afterAll(() => rmSync(folder, { recursive: true }))

const pem = ({ privateKey, certificate }: CertificateWithKey): string => `${privateKey.reveal()}${certificate}`
const read = (text: string, password: Redacted | null = null, now = NOW) =>
  certificates.read({ kind: 'pem', text: new Redacted(text), password }, now)
const readPfx = (bytes: Buffer, password: Redacted | null) => certificates.read({ kind: 'pfx', bytes, password }, NOW)
const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
const plain = (result: Awaited<ReturnType<typeof read>>) =>
  result.ok ? { ...result.value, privateKey: createPrivateKey(result.value.privateKey.reveal()) } : result

test('a made pair signs, says whose it is and ends on its day; no two are alike', () => {
  const certificate = new X509Certificate(created.certificate)
  expect(certificate.subject).toBe('CN=Postroom Mail server 4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60 -')
  expect(new X509Certificate(other.certificate).subject).toBe(`CN=${'x'.repeat(64)}`)
  // It signs in as a client, and is good for nothing else.
  expect(certificate.keyUsage).toEqual([forge.pki.oids.clientAuth])
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(3072)
  expect(created.thumbprint).toMatch(/^[0-9A-F]{64}$/)
  expect(created.thumbprint).not.toBe(other.thumbprint)
  expect(created.expiresAt).toEqual(new Date('2027-11-24T12:00:00Z'))
  expect(new Date(certificate.validTo)).toEqual(created.expiresAt)
  expect(created.startsAt.getTime()).toBeLessThan(NOW.getTime())
  expect(JSON.stringify(created)).not.toContain('PRIVATE KEY')
  const signature = createSign('sha256').update('x').sign(created.privateKey.reveal())
  expect(createVerify('sha256').update('x').verify(createPublicKey(created.certificate), signature)).toBe(true)
})

test('the file for the portal is the certificate alone, in DER', () => {
  const der = certificates.der(created.certificate)
  expect(new X509Certificate(der).fingerprint256.replaceAll(':', '')).toBe(created.thumbprint)
  expect(der.includes('PRIVATE')).toBe(false)
})

test('PEM comes back the same, in any order, with words around it, and out of a chain', async () => {
  for (const text of [
    pem(created),
    `${created.certificate}\r\n${created.privateKey.reveal()}`,
    `Bag Attributes\n${pem(created)}\n`,
  ])
    expect(plain(await read(text))).toEqual(plain({ ok: true, value: created }))
  expect(await read(other.certificate + pem(created))).toMatchObject({ value: { thumbprint: created.thumbprint } })
})

test('a private key under a password: the old form and the new one, with any ends of lines', async () => {
  const key = createPrivateKey(created.privateKey.reveal())
  const passphrase = PASSWORD.reveal()
  for (const type of ['pkcs8', 'pkcs1'] as const) {
    const text = key.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase }) + created.certificate
    for (const end of ['\n', '\r\n', ' \n', '\t\r\n'])
      expect(await read(text.replaceAll('\n', end), PASSWORD)).toMatchObject({
        value: { thumbprint: created.thumbprint },
      })
    expect(await read(text)).toEqual({ ok: false, error: 'password-needed' })
    expect(await read(text, new Redacted('wrong'))).toEqual({ ok: false, error: 'wrong-password' })
  }
})

test.each([
  ['new ciphers', []],
  ['old ciphers', ['-legacy']],
  ['no cipher for the certificate', ['-certpbe', 'NONE']],
  ['a digest of its own', ['-macalg', 'sha512', '-iter', '10000']],
])('PFX with %s', async (_, options) => {
  const secret = 'password of the file'
  openssl('pkcs12', '-export', '-in', 'pair.pem', '-out', 'pair.pfx', '-passout', `pass:${secret}`, ...options)
  const bytes = readFileSync(path.join(folder, 'pair.pfx'))
  expect(plain(await readPfx(bytes, new Redacted(secret)))).toEqual(plain({ ok: true, value: created }))
  expect(await readPfx(bytes, null)).toEqual({ ok: false, error: 'password-needed' })
  expect(await readPfx(bytes, new Redacted('wrong'))).toEqual({ ok: false, error: 'wrong-password' })
})

test.each([
  ['Päss1', []],
  ['Päss1', ['-legacy']],
  ['Päss1', ['-nomac']],
  ['šifra 密码 😀', []],
  ['šifra 密码 😀', ['-legacy']],
])('PFX with the password %s, and a wrong one is said to be wrong (openssl %j)', async (secret, options) => {
  openssl('pkcs12', '-export', '-in', 'pair.pem', '-out', 'pair.pfx', '-passout', `pass:${secret}`, ...options)
  const bytes = readFileSync(path.join(folder, 'pair.pfx'))
  expect(plain(await readPfx(bytes, new Redacted(secret)))).toEqual(plain({ ok: true, value: created }))
  expect(await readPfx(bytes, new Redacted('Päss2'))).toEqual({ ok: false, error: 'wrong-password' })
  expect(await readPfx(bytes, null)).toEqual({ ok: false, error: 'password-needed' })
})

test('a PFX that asks for millions of rounds is not begun with', async () => {
  openssl('pkcs12', '-export', '-in', 'pair.pem', '-out', 'pair.pfx', '-passout', 'pass:x', '-iter', '66666')
  const bytes = readFileSync(path.join(folder, 'pair.pfx'))
  const at = bytes.lastIndexOf(Buffer.from([0x02, 0x03, 0x01, 0x04, 0x6a]))
  expect(at).toBeGreaterThan(0)
  const many = Buffer.from(bytes)
  many.set([0x7f, 0xff, 0xff], at + 2)
  for (const file of [bytes, many])
    expect(await readPfx(file, new Redacted('x'))).toEqual({ ok: false, error: 'too-many-rounds' })
})

test('a PFX whose derivations together ask for too many rounds is not opened', async () => {
  openssl('pkcs12', '-export', '-in', 'pair.pem', '-out', 'pair.pfx', '-passout', 'pass:x', '-legacy', '-iter', '12000')
  const bytes = readFileSync(path.join(folder, 'pair.pfx'))
  expect(await readPfx(bytes, new Redacted('x'))).toEqual({ ok: false, error: 'too-many-rounds' })
})

test('a private key under scrypt is read, and not begun with if it asks for hours of work', async () => {
  openssl(
    'pkcs8',
    '-topk8',
    '-in',
    'pair.pem',
    '-out',
    'scrypt.pem',
    '-passout',
    `pass:${PASSWORD.reveal()}`,
    '-scrypt',
  )
  const text = readFileSync(path.join(folder, 'scrypt.pem'), 'latin1')
  expect(await read(text + created.certificate, PASSWORD)).toMatchObject({ value: { thumbprint: created.thumbprint } })
  const der = Buffer.from(text.replace(/-----.*-----/g, ''), 'base64')
  const parallelisation = der.indexOf(Buffer.from([0x02, 0x02, 0x40, 0x00, 0x02, 0x01, 0x08, 0x02, 0x01, 0x01])) + 9
  der[parallelisation] = 100
  const costly = text.replace(/(?<=KEY-----)[^-]*/, `\n${der.toString('base64')}\n`)
  expect(await read(costly + created.certificate, PASSWORD)).toEqual({ ok: false, error: 'too-many-rounds' })
})

/** A private key whose derivation asks for as many rounds as the structure says that takes the place of their number. */
function stretched(rounds: readonly forge.asn1.Asn1[]): string {
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'x' }
  const der = createPrivateKey(created.privateKey.reveal()).export({ type: 'pkcs8', format: 'der', ...cipher })
  const structure = forge.asn1.fromDer(der.toString('latin1'))
  const child = (node: forge.asn1.Asn1, at: number): forge.asn1.Asn1 => (node.value as forge.asn1.Asn1[])[at] ?? node
  const parameters = child(child(child(child(structure, 0), 1), 0), 1).value as forge.asn1.Asn1[]
  parameters.splice(1, 1, ...rounds)
  const base64 = Buffer.from(forge.asn1.toDer(structure).getBytes(), 'latin1').toString('base64')
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${base64.replace(/.{64}/g, '$&\n')}\n-----END ENCRYPTED PRIVATE KEY-----\n`
}
const node = (type: number, bytes: string) =>
  forge.asn1.create(forge.asn1.Class.UNIVERSAL, type, false, Buffer.from(bytes, 'hex').toString('latin1'))

test('no form of a private key hides from the check how many rounds OpenSSL would begin', async () => {
  const { INTEGER, OCTETSTRING } = forge.asn1.Type
  const costly = stretched([node(INTEGER, '7fffff')])
  expect(await read(costly + created.certificate, PASSWORD)).toEqual({ ok: false, error: 'too-many-rounds' })
  // OpenSSL skips a first line that does not end with its mark, and reads the block inside.
  for (const after of ['x', ''])
    expect(
      await read(`-----BEGIN RSA PRIVATE KEY-----${after}\n${costly}-----END RSA PRIVATE KEY-----\n`, PASSWORD),
    ).toEqual({ ok: false, error: 'too-many-rounds' })
  // 1F 02 04 01 04 01 00 is an INTEGER of 17 million to OpenSSL, and two other elements to node-forge.
  const hidden = stretched([node(31, '0401'), node(OCTETSTRING, '00')])
  expect(await read(hidden + created.certificate, PASSWORD)).toEqual({ ok: false, error: 'not-readable' })
})

test('a certificate without its key, with another key or outside its dates is refused by name', async () => {
  expect(await read(created.certificate)).toEqual({ ok: false, error: 'no-key' })
  expect(await readPfx(certificates.der(created.certificate), null)).toEqual({ ok: false, error: 'no-key' })
  expect(await read(created.privateKey.reveal())).toEqual({ ok: false, error: 'no-certificate' })
  expect(await read(other.certificate + created.privateKey.reveal())).toEqual({ ok: false, error: 'key-mismatch' })
  expect(await read(pem(created), null, new Date('2027-11-24T12:00:00Z'))).toEqual({ ok: false, error: 'expired' })
  expect(await read(pem(created), null, new Date('2026-11-24T11:00:00Z'))).toEqual({
    ok: false,
    error: 'not-yet-valid',
  })
  expect(await read('x'.repeat(70_000))).toEqual({ ok: false, error: 'too-large' })
  expect(await readPfx(Buffer.alloc(70_000), null)).toEqual({ ok: false, error: 'too-large' })
})

test.each([
  ['a small key', ['-newkey', 'rsa:1024']],
  ['an elliptic key', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
])('%s is said to be unsuitable, in both forms', async (_, newKey) => {
  openssl('req', '-x509', ...newKey, '-nodes', '-keyout', 'k.pem', '-out', 'c.pem', '-subj', '/CN=x', '-days', '30')
  const text = ['k.pem', 'c.pem'].map((name) => readFileSync(path.join(folder, name), 'utf8')).join('')
  writeFileSync(path.join(folder, 'kc.pem'), text)
  openssl('pkcs12', '-export', '-in', 'kc.pem', '-out', 'kc.pfx', '-passout', 'pass:x')
  const now = new Date()
  expect(await certificates.read({ kind: 'pem', text: new Redacted(text), password: null }, now)).toEqual({
    ok: false,
    error: 'key-unsuitable',
  })
  const bytes = readFileSync(path.join(folder, 'kc.pfx'))
  expect(await certificates.read({ kind: 'pfx', bytes, password: new Redacted('x') }, now)).toEqual({
    ok: false,
    error: 'key-unsuitable',
  })
})

test('no malformed input throws: cut, altered and random files are values', async () => {
  openssl('pkcs12', '-export', '-in', 'pair.pem', '-out', 'pair.pfx', '-passout', 'pass:x', '-legacy')
  const pfx = readFileSync(path.join(folder, 'pair.pfx'))
  const text = pem(created)
  const altered = (whole: Buffer) =>
    fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean()).map(([at, by, isCut]) => {
      if (isCut) return whole.subarray(0, at)
      const copy = Buffer.from(whole)
      copy[at] = (copy[at] ?? 0) ^ by
      return copy
    })
  await fc.assert(
    fc.asyncProperty(altered(pfx), async (bytes) => {
      expect(await readPfx(bytes, new Redacted('x'))).toHaveProperty('ok')
    }),
    { numRuns: 40 },
  )
  await fc.assert(
    fc.asyncProperty(fc.oneof(altered(Buffer.from(text)), fc.uint8Array({ maxLength: 300 })), async (bytes) => {
      expect(await read(Buffer.from(bytes).toString('latin1'))).toHaveProperty('ok')
      expect(await readPfx(Buffer.from(bytes), null)).toHaveProperty('ok')
    }),
    { numRuns: 60 },
  )
})
