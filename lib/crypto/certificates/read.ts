import { createPrivateKey, type KeyObject, pbkdf2Sync } from 'node:crypto'
import forge from 'node-forge'
import { fail, ok, type Redacted, type Result } from '../../kernel'
import { isDerivationCostly } from './key-stretching'
import { type CertificateProblem, certificateOf, pairOf, type ReadCertificate } from './pair'

/** A key and its chain have about ten kilobytes. */
const PEM_CHARS_MAX = 65_536
/** OpenSSL skips a line that begins with a mark and continues after it, and would read a further block that a block contains. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----[ \t]*\r?\n(?:(?!-----)[\s\S])*-----END \1-----/g

/** Reads a certificate and its private key from one text, in any order and with any text around them. */
export function readPem(text: Redacted, password: Redacted | null, now: Date): ReadCertificate {
  const pem = text.reveal()
  if (pem.length > PEM_CHARS_MAX) return fail('too-large')
  const blocks = [...pem.matchAll(BLOCK)].map(([block, label = '']) => ({ label, block }))
  if (blocks.length === 0) return fail('not-readable')
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ block }) => certificateOf(block))
  if (!certificates.every((certificate) => certificate !== null)) return fail('not-readable')
  const keyBlock = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'))
  if (!keyBlock) return fail(certificates.length === 0 ? 'not-readable' : 'no-key')
  const key = keyOf(keyBlock, password)
  return key.ok ? pairOf(key.value, certificates, now) : key
}

function keyOf(
  { label, block }: { label: string; block: string },
  password: Redacted | null,
): Result<KeyObject, CertificateProblem> {
  const isEncrypted = block.includes('ENCRYPTED')
  if (isEncrypted && password === null) return fail('password-needed')
  try {
    // A file of PKCS #8 is read as it was checked, since another reader of its text could find another structure in it.
    if (label === 'ENCRYPTED PRIVATE KEY') return encryptedKeyOf(Buffer.from(bodyOf(block), 'base64'), password)
    return ok(createPrivateKey({ key: block, ...(isEncrypted && password && { passphrase: password.reveal() }) }))
  } catch {
    // The message of OpenSSL for a wrong password differs by cipher and version.
    return fail(isEncrypted ? 'wrong-password' : 'not-readable')
  }
}

function encryptedKeyOf(der: Buffer, password: Redacted | null): Result<KeyObject, CertificateProblem> {
  const isCostly = isDerivationCostly(der.toString('latin1'))
  if (isCostly === null) return fail('not-readable')
  if (isCostly) return fail('too-many-rounds')
  return ok(createPrivateKey({ key: der, format: 'der', type: 'pkcs8', passphrase: password?.reveal() ?? '' }))
}

const bodyOf = (block: string): string => block.replace(/-----[^-]+-----/g, '').replace(/^[\w-]+:.*$/gm, '')

/**
 * Windows and OpenSSL write some 2000 rounds for each of five derivations, Java 10,000. They run in JavaScript, where 20,000 block the
 * process for about a second; a file that specifies billions would block it for hours. What a file asks for is counted while it is
 * opened, because parts of it are only seen once others are decrypted.
 */
const ROUNDS_MAX = 50_000
/** PBKDF2 runs natively. */
const NATIVE_ROUNDS_PER_ROUND = 50
let roundsLeft = 0

class TooManyRounds extends Error {}

function spend(rounds: number): void {
  roundsLeft -= rounds
  if (!(roundsLeft >= 0)) throw new TooManyRounds()
}

/** A file with its chain has about ten kilobytes. */
const PFX_BYTES_MAX = 65_536

/** Reads PKCS #12 as Windows and OpenSSL write it, with the old ciphers (3DES, RC2) and the new ones (PBES2 with AES). */
export function readPfx(bytes: Buffer, password: Redacted | null, now: Date): ReadCertificate {
  if (bytes.length > PFX_BYTES_MAX) return fail('too-large')
  const der = bytes.toString('latin1')
  const store = opened(der, password)
  // The name of a file does not say what is in it: a certificate in DER, which portals offer for download, comes here too.
  if (!store.ok) return store.error === 'not-readable' && certificateOf(bytes) ? fail('no-key') : store
  const key = keyIn(store.value)
  if (!key.ok) return key
  const certificates = bagsOf(store.value, forge.pki.oids.certBag).map((bag) => certificateOf(derOf(bag)))
  if (!certificates.every((certificate) => certificate !== null)) return fail('not-readable')
  return pairOf(key.value, certificates, now)
}

function opened(der: string, password: Redacted | null): Result<forge.pkcs12.Pkcs12Pfx, CertificateProblem> {
  let structure: forge.asn1.Asn1
  try {
    structure = forge.asn1.fromDer(der)
  } catch {
    return fail('not-readable')
  }
  roundsLeft = ROUNDS_MAX
  try {
    // In non-strict mode a key that is not RSA is returned unread, and is rejected below.
    return ok(forge.pkcs12.pkcs12FromAsn1(structure, false, password?.reveal() ?? ''))
  } catch (thrown) {
    if (thrown instanceof TooManyRounds) return fail('too-many-rounds')
    const text = thrown instanceof Error ? thrown.message : ''
    // If a MAC has confirmed the password, a later failure to decrypt has another cause.
    const isPassword =
      /password|MAC could not be verified/i.test(text) || (!hasMac(structure) && DECRYPTION_FAULT.test(text))
    if (!isPassword) return fail('not-readable')
    return fail(password === null ? 'password-needed' : 'wrong-password')
  }
}

/** `PFX ::= SEQUENCE { version, authSafe, macData OPTIONAL }` */
const hasMac = ({ value }: forge.asn1.Asn1): boolean => value.length > 2
/** With a wrong key the padding is rarely valid by chance, and the result is then no ASN.1 structure. */
const DECRYPTION_FAULT = /Failed to decrypt|DER|bytes|bits supported|Negative length/

const KEY_BAGS = [forge.pki.oids.pkcs8ShroudedKeyBag, forge.pki.oids.keyBag]

function keyIn(store: forge.pkcs12.Pkcs12Pfx): Result<KeyObject, CertificateProblem> {
  const [bag] = KEY_BAGS.flatMap((type) => bagsOf(store, type))
  if (!bag) return fail('no-key')
  if (!bag.key) return fail('key-unsuitable')
  try {
    const info = forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(bag.key))
    const pkcs8 = Buffer.from(forge.asn1.toDer(info).getBytes(), 'latin1')
    return ok(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }))
  } catch {
    return fail('not-readable')
  }
}

const bagsOf = (store: forge.pkcs12.Pkcs12Pfx, type: string | undefined): forge.pkcs12.Bag[] =>
  type === undefined ? [] : (store.getBags({ bagType: type })[type] ?? [])

/** node-forge returns a certificate that it cannot read as an ASN.1 structure. */
function derOf({ cert, asn1 }: forge.pkcs12.Bag): Buffer {
  const structure = cert ? forge.pki.certificateToAsn1(cert) : asn1
  return Buffer.from(forge.asn1.toDer(structure).getBytes(), 'latin1')
}

/**
 * PBES2 derives its key from the password in UTF-8 (RFC 8018), the schemes of PKCS #12 from UTF-16 (RFC 7292 B.1). node-forge gives both
 * the same string and takes one byte of each character for PBES2, so a password outside ASCII does not open a modern file.
 * Node.js encodes a string as UTF-8 and runs natively, while the loop of node-forge would block the process for seconds.
 */
function installDerivations(): void {
  const { pbe } = forge as unknown as { pbe: { generatePkcs12Key: (...args: unknown[]) => unknown } }
  const { generatePkcs12Key: derive } = pbe
  const generatePkcs12Key = (password: unknown, salt: unknown, id: unknown, rounds: number, ...rest: unknown[]) => {
    spend(rounds)
    return derive(password, salt, id, rounds, ...rest)
  }
  Object.assign(forge.pkcs5, { pbkdf2 })
  Object.assign(pbe, { generatePkcs12Key })
  Object.assign(forge.pkcs12, { generateKey: generatePkcs12Key })
}

function pbkdf2(password: string, salt: string, rounds: number, bytes: number, digest?: forge.md.MessageDigest) {
  spend(rounds / NATIVE_ROUNDS_PER_ROUND)
  const name = digest?.algorithm ?? 'sha1'
  return pbkdf2Sync(password, Buffer.from(salt, 'latin1'), rounds, bytes, name).toString('latin1')
}

installDerivations()
