/**
 * For tests only: a separate listener process, which may be killed. Its orders come as JSON in the environment. It prints its
 * ports as JSON once it listens.
 */
import { createAuditLog } from '../../lib/audit'
import { createDb } from '../../lib/db'
import { systemClock } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'
import { createSubmissionService } from '../../lib/submission'
import { openListeners } from '../../lib/submission/smtp'
import { LIMITS } from '../../lib/submission/smtp/connection'
import { testChainKeys } from './chain-keys'
import { outboxAt } from './outbox'
import { quiet } from './world'

export interface ListenerOrders {
  url: string
  /** Port of the mail server. */
  port: number
  identity: { cert: string; key: string }
  spoolFolder: string
  /** 0 for any. */
  listenPort: number
}

const { url, port, identity, spoolFolder, listenPort } = JSON.parse(process.env.ORDERS ?? '{}') as ListenerOrders
const db = createDb(new Redacted(url), testChainKeys)
const outbox = await outboxAt({ database: { url, db }, port })
const audit = createAuditLog(db, systemClock)
const submission = createSubmissionService({ db, clock: systemClock, log: quiet, outbox, audit })
const limits = { ...LIMITS, connectionsPerAddress: 50 }
const deps = { db, clock: systemClock, log: quiet, submission, name: 'console.contoso.example', spoolFolder, limits }
const listeners = await openListeners(deps, { host: '127.0.0.1', ports: { starttls: listenPort } }, identity)
process.on('SIGTERM', async () => {
  await listeners.close(25_000)
  await db.$disconnect()
  process.exit(0)
})
process.stdout.write(`${JSON.stringify(listeners.ports)}\n`)
