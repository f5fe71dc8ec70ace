import { X509Certificate } from 'node:crypto'
import type { Certificates } from './contracts'
import { makeCertificate, newKeyPair } from './make'
import { readPem } from './read-pem'
import { readPfx } from './read-pfx'

/** @param pair for tests: where the key pair of a certificate comes from. */
export function createCertificates(pair = newKeyPair): Certificates {
  return {
    make: async (wish) => makeCertificate(wish, await pair()),
    read: async (input, now) =>
      input.kind === 'pem' ? readPem(input.text, input.password, now) : readPfx(input.bytes, input.password, now),
    der: (certificate) => new X509Certificate(certificate).raw,
  }
}
