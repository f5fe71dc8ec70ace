import { X509Certificate } from 'node:crypto'
import type { Redacted } from '../../kernel'
import { type CertificateWish, makeCertificate, newKeyPair } from './make'
import { readPem, readPfx } from './read'

export type CertificateFile =
  | { kind: 'pem'; text: Redacted; password: Redacted | null }
  | { kind: 'pfx'; bytes: Buffer; password: Redacted | null }

export type Certificates = ReturnType<typeof createCertificates>

/** @param pair where the key pair of a new certificate comes from, for tests */
export function createCertificates(pair = newKeyPair) {
  return {
    /** A new RSA key of 3072 bits with a self-signed certificate. */
    make: async (wish: CertificateWish) => makeCertificate(wish, await pair()),
    read: async (file: CertificateFile, now: Date) =>
      file.kind === 'pem' ? readPem(file.text, file.password, now) : readPfx(file.bytes, file.password, now),
    /** DER of a PEM certificate, as the `.cer` file for the portal. */
    der: (certificate: string): Buffer => new X509Certificate(certificate).raw,
  }
}
