import path from 'node:path'
import { readListenerEnvironment } from '../config/environment'
import { holdPresence } from '../db/maintenance/presence'
import { systemClock } from '../kernel'
import { refuseToStart, whenStarterGone } from '../kernel/starter'
import { keepBeating } from '../operations/heartbeat'
import { createListenerServices } from '../services/listener'
import { greetingName } from '../services/vendor-clients'
import { openListeners } from '../submission/smtp'
import { readListenerCertificate, watchCertificate } from './certificate'

const DRAIN_MS = 25_000
const SPOOL_FOLDER = 'submission-spool'

/** The process that clients submit mail to, apart from console and worker so that a hostile client can slow neither. */
async function main(): Promise<void> {
  const read = readListenerEnvironment(process.env)
  if (!read.ok) return refuseToStart('listener', `${read.error.variable} ${read.error.problem}`)
  const environment = read.value
  const { submission: place, dataDir, baseUrl, databaseUrl } = environment
  if (!place) return refuseToStart('listener', 'POSTROOM_SUBMISSION_PORTS is not set')
  if (databaseUrl === null) return refuseToStart('listener', 'DATABASE_URL is not set: the host passes it on')
  const { db, clock, log, submission } = createListenerServices(environment, databaseUrl)
  holdPresence(databaseUrl, 'listener', [], () => log.info('connected to the database again')) // until this process ends
  const name = greetingName(baseUrl)
  const notKept = (error: unknown) => log.warn('the self-signed certificate of the listener was not kept', { error })
  const wish = { dataDir, baseUrl, now: systemClock.now() }
  const certificate = await readListenerCertificate(place, wish, notKept).catch((error: unknown) => {
    log.error('the certificate of the listener cannot be used', {
      error,
      folder: place.certificate?.certFile ?? dataDir,
    })
    process.exit(1)
  })
  if (!place.certificate) log.warn('the certificate of the listener is self-signed', { folder: dataDir })
  const { listen: host, ports } = place
  const spoolFolder = path.join(dataDir, SPOOL_FOLDER)
  const deps = { db, clock, log, submission, name, spoolFolder }
  const listeners = await openListeners(deps, { host, ports }, certificate)
  const stopWatching = watchCertificate(place, certificate, log, listeners.renew)
  const heart = await keepBeating(db, log, 'listener')

  let stopping = false
  async function stop(reason: string): Promise<void> {
    if (stopping) return
    stopping = true
    log.info('listener stopping', { reason })
    stopWatching()
    await Promise.all([heart.end(), listeners.close(DRAIN_MS)])
    await db.$disconnect()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
  whenStarterGone(() => void stop('the host is gone'))
  for (const [entrance, port] of Object.entries(ports)) log.info('listener started', { host, port, member: entrance })
}

await main()
