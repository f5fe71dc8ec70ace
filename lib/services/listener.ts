import { createAuditLog } from '../audit'
import { diskFullText } from '../config/disk-full'
import type { ListenerEnvironment } from '../config/environment'
import { createLog } from '../config/logger'
import { createDb, createSharedClock } from '../db'
import { passwordOf } from '../db/connection'
import type { Redacted } from '../kernel'
import { createSenderCache } from '../mail-server/senders/cache'
import { currentPolicy } from '../policy'
import { createSubmissionService } from '../submission'
import { createOutboxWithoutDelivery } from './outbox'

/** The services of the listener. It opens no secret and writes no audit entry, so that hostile clients find no key in its memory. */
export function createListenerServices(environment: ListenerEnvironment, databaseUrl: Redacted) {
  const secrets = passwordOf(databaseUrl)
  const log = createLog({
    level: environment.logLevel,
    process: 'listener',
    secrets,
    explain: diskFullText(environment),
  })
  const db = createDb(databaseUrl, null)
  const clock = createSharedClock(db)
  const senders = createSenderCache({ environment, db })
  const rules = { current: currentPolicy(db) }
  const { outbox } = createOutboxWithoutDelivery({ db, clock, rules, senders })
  const audit = createAuditLog(db, clock)
  return { db, clock, log, submission: createSubmissionService({ db, clock, log, outbox, audit }) }
}
