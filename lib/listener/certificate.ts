import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { createSecureContext } from 'node:tls'
import type { SubmissionPlace } from '../config/environment'
import { createCertificates } from '../crypto/certificates'
import { keepPrivateFile } from '../host/private-file'
import type { Logger } from '../kernel/log'
import { MINUTE_MS } from '../kernel/time'
import type { ListenerCertificate } from '../submission/smtp/listener'

/** Devices that trust the self-signed certificate would have to be configured again for a new one. */
const SELF_MADE_DAYS = 825
const SELF_MADE_FILE = 'submission-certificate.pem'
const LOOK_EVERY_MS = MINUTE_MS / 2

/** The certificate of the files, or the self-signed one, which is created once. @throws if the files do not fit together */
export async function readListenerCertificate(
  place: SubmissionPlace,
  { dataDir, name, now }: { dataDir: string; name: string; now: Date },
): Promise<ListenerCertificate> {
  if (place.certificate) {
    const { certFile, keyFile } = place.certificate
    const read = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
    createSecureContext(read) // throws if the key is not the certificate's
    return read
  }
  const host = name.replace(/^\[(?:IPv6:)?(.*)\]$/, '$1')
  const created = await createCertificates().make({ name: host, days: SELF_MADE_DAYS, now, host })
  const { content } = keepPrivateFile(
    path.join(dataDir, SELF_MADE_FILE),
    () => created.certificate + created.privateKey.reveal(),
  )
  return { cert: content, key: content }
}

/** Calls `renew` when the files have changed and fit together. @returns stops looking */
export function watchCertificate(
  { certificate }: SubmissionPlace,
  log: Pick<Logger, 'info' | 'warn'>,
  renew: (certificate: ListenerCertificate) => void,
): () => void {
  if (!certificate) return () => {}
  const { certFile, keyFile } = certificate
  const changedAt = (): string => [certFile, keyFile].map((file) => statSync(file).mtimeMs).join(' ')
  let known = changedAt()
  const timer = setInterval(() => {
    try {
      const now = changedAt()
      if (now === known) return
      const read = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
      createSecureContext(read)
      renew(read)
      known = now
      log.info('the certificate of the listener was renewed')
    } catch (error) {
      log.warn('the changed certificate of the listener cannot be used', { error })
    }
  }, LOOK_EVERY_MS)
  timer.unref()
  return () => clearInterval(timer)
}
