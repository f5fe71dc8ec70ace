/**
 * For tests only: a process that delivers or accepts, and may be killed. Its orders come as JSON in the environment. It prints `ready`,
 * then the Message-ID of each acknowledged message. It kills itself at the named step.
 */
import { createDb } from '../../lib/db'
import { Redacted } from '../../lib/kernel/redacted'
import { testChainKeys } from './chain-keys'
import type { CrashPoint } from './crashing-outbox'
import { acceptAll, outboxAt } from './outbox'

export interface Orders {
  url: string
  port: number
  /** A second mail server, the failover server of the first. */
  backup?: { id: string; port: number }
  job: 'deliver' | 'accept'
  /** For `accept`: number of messages, ten at a time. */
  messages?: number
  leaseMs?: number
  /** It ends when it reaches this point for the nth time: killed, or by an unhandled error. */
  dieAt?: { point: Parameters<CrashPoint>[0]; nth: number; of?: 'exception' | 'rejection' } | null
}

const orders = JSON.parse(process.env.ORDERS ?? '{}') as Orders
const { url, port, backup, job, messages = 0, leaseMs = 2_000, dieAt = null } = orders
let count = 0
const crash: CrashPoint = (point) => {
  if (point !== dieAt?.point || ++count !== dieAt.nth) return
  if (dieAt.of === 'rejection') void Promise.reject(new Error('a bug'))
  else if (dieAt.of === 'exception')
    setImmediate(() => {
      throw new Error('a bug')
    })
  else process.kill(process.pid, 'SIGKILL')
}
const db = createDb(new Redacted(url), testChainKeys)
const otherServers = backup ? { [backup.id]: { port: backup.port } } : {}
const outbox = await outboxAt({ database: { url, db }, port, otherServers }, { crash, leaseMs })
const say = (line: string) => process.stdout.write(`${line}\n`)

if (job === 'deliver') {
  const delivery = await outbox.deliver()
  process.on('SIGTERM', async () => {
    await delivery.stop(5_000)
    await db.$disconnect()
    process.exit(0)
  })
  say('ready')
} else {
  say('ready')
  const accept: typeof outbox.accept = (message) => {
    crash('after-read')
    return outbox.accept(message)
  }
  await acceptAll({ accept }, messages, say)
  await db.$disconnect()
  process.exit(0)
}
