import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Redacted } from '../../kernel/redacted'
import { fail, ok, type Result } from '../../kernel/result'
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
