import { X509Certificate } from 'node:crypto'
import path from 'node:path'
import { pemOfFile } from '../config/bytes-of-file'
import type { Environment } from '../config/environment'

/** The self-signed certificate and its key, in the data directory. */
export const SELF_MADE_FILE = 'submission-certificate.pem'

/** Where clients submit mail by SMTP, and the certificate that they get. Null if the listener is off. */
export function submissionStatus({ submission, dataDir }: Pick<Environment, 'submission' | 'dataDir'>) {
  if (!submission) return null
  const { listen, ports, certificate } = submission
  const file = certificate?.certFile ?? path.join(dataDir, SELF_MADE_FILE)
  return {
    listen,
    ports,
    /** Null if it cannot be read here. */
    certificate: certificateIn(file),
    /** No authority has signed it, so devices trust it only after it was imported. */
    isSelfMade: certificate === null,
  }
}

function certificateIn(file: string) {
  try {
    return describeCertificate(pemOfFile(file))
  } catch {
    return null
  }
}

/** `missingIssuer`: the file holds one certificate alone, and a device that knows only the issuer's own authority does not trust it. */
export function describeCertificate(pem: string) {
  const { subject, issuer, validTo } = new X509Certificate(pem)
  const isAlone = pem.indexOf('-----BEGIN CERTIFICATE') === pem.lastIndexOf('-----BEGIN CERTIFICATE')
  const inLine = (name: string) => name.replaceAll('\n', ', ')
  const missingIssuer = isAlone && issuer !== subject ? inLine(issuer) : null
  return { subject: inLine(subject), expiresAt: new Date(validTo), missingIssuer }
}
