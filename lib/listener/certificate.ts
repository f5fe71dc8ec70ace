import { existsSync } from 'node:fs'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { pemOfFile } from '../config/bytes-of-file'
import type { SubmissionPlace } from '../config/environment'
import { createCertificates } from '../crypto/certificates'
import { keepPrivateFile } from '../host/private-file'
import { readCertificateFiles } from '../host/submission-check'
import { dayText, type Logger, MINUTE_MS } from '../kernel'
import { recurringFaults } from '../kernel/recurring-faults'
import { describeCertificate, SELF_MADE_FILE } from '../operations/submission-status'
import type { ListenerCertificate } from '../submission/smtp/listener'

/** Devices that trust the self-signed certificate would have to be configured again for a new one. */
const SELF_MADE_DAYS = 825
const LOOK_EVERY_MS = MINUTE_MS / 2
const UNUSABLE = 'the changed certificate of the listener cannot be used'

/**
 * The certificate of the files, or the self-signed one, which is created once.
 *
 * @param notKept told why the disk took no new one: it is used nevertheless, until this process ends
 * @throws if the files do not fit together
 */
export async function readListenerCertificate(
  place: SubmissionPlace,
  { dataDir, baseUrl, now }: { dataDir: string; baseUrl: URL; now: Date },
  notKept: (error: unknown) => void,
): Promise<ListenerCertificate> {
  if (place.certificate) return readCertificateFiles(place.certificate)
  const host = baseUrl.hostname.replace(/^\[(.*)\]$/, '$1') // the address between the brackets that a URL needs
  const created = await createCertificates().make({ name: host, days: SELF_MADE_DAYS, now, host })
  const file = path.join(dataDir, SELF_MADE_FILE)
  const content = created.certificate + created.privateKey.reveal()
  try {
    keepPrivateFile(file, () => content)
  } catch (error) {
    if (!existsSync(file)) {
      notKept(error)
      return { cert: content, key: content }
    }
  }
  const pem = pemOfFile(file)
  return { cert: pem, key: pem }
}

/**
 * Calls `renew` when the files fit together and hold another certificate than the one in use, at first `used`: they may have changed while
 * the listener was starting. The log warns of what devices may reject in it. @returns stops looking
 */
export function watchCertificate(
  { certificate }: SubmissionPlace,
  used: ListenerCertificate,
  log: Pick<Logger, 'info' | 'warn'>,
  renew: (certificate: ListenerCertificate) => void,
  lookEveryMs = LOOK_EVERY_MS,
): () => void {
  warnOfFaults(used, log)
  if (!certificate) return () => {}
  let known = used
  const faults = recurringFaults(log)
  const timer = setInterval(() => {
    try {
      const now = readCertificateFiles(certificate)
      faults(UNUSABLE, null)
      if (isDeepStrictEqual(now, known)) return
      renew(now)
      known = now
      log.info('the certificate of the listener was renewed')
      warnOfFaults(now, log)
    } catch (error) {
      faults(UNUSABLE, error)
    }
  }, lookEveryMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** It is used nevertheless: without one, devices that do not check certificates could not send either. */
function warnOfFaults({ cert }: ListenerCertificate, log: Pick<Logger, 'warn'>): void {
  const { expiresAt, missingIssuer } = describeCertificate(cert)
  if (expiresAt.getTime() <= Date.now())
    log.warn('the certificate of the listener has expired', { reason: dayText(expiresAt) })
  if (missingIssuer !== null) log.warn('the certificate of the listener has no chain', { reason: missingIssuer })
}
