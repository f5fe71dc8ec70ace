import { X509Certificate } from 'node:crypto'
import type { Certificates } from '../credentials/ports'
import { makeCertificate } from './make'
import { readPem } from './read-pem'
import { readPfx } from './read-pfx'

export function createCertificates(): Certificates {
  return {
    make: makeCertificate,
    read: async (input, now) =>
      input.kind === 'pem' ? readPem(input.text, input.password, now) : readPfx(input.bytes, input.password, now),
    der: (certificate) => new X509Certificate(certificate).raw,
  }
}
