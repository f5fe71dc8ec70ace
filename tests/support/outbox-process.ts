/**
 * For tests only: a process that delivers, or accepts, and may be killed. Its orders come as JSON in the environment; it says `ready`,
 * then the Message-ID of each mail that was acknowledged. It dies by its own hand at the named step.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createDb } from '../../lib/db/client'
import { Redacted } from '../../lib/kernel/redacted'
import type { CrashPoint } from '../../lib/outbox/crash-point'
import { testChainKeys } from './chain-keys'
import { aMessage, outboxAt } from './outbox'

export interface Orders {
  url: string
  port: number
  /** Of a second mail server, the backup of the first. */
  backup?: { id: string; port: number }
  job: 'deliver' | 'accept'
  /** Of `accept`: how many, ten at a time. */
  messages?: number
  leaseMs?: number
  /** Dies at the so manieth time that it comes there: killed, or of an error that nobody handles. */
  dieAt?: { point: Parameters<CrashPoint>[0]; nth: number; of?: 'exception' | 'rejection' } | null
}

const COME_AGAIN_MS = 100
const orders = JSON.parse(process.env.ORDERS ?? '{}') as Orders
const { url, port, backup, job, messages = 0, leaseMs = 2_000, dieAt = null } = orders
let seen = 0
const crash: CrashPoint = (point) => {
  if (point !== dieAt?.point || ++seen !== dieAt.nth) return
  if (dieAt.of === 'rejection') void Promise.reject(new Error('a bug'))
  else if (dieAt.of === 'exception')
    setImmediate(() => {
      throw new Error('a bug')
    })
  else process.kill(process.pid, 'SIGKILL')
}
const db = createDb(new Redacted(url), testChainKeys)
const others = backup ? { [backup.id]: { port: backup.port } } : {}
const outbox = await outboxAt({ database: { url, db }, port, others }, { crash, leaseMs })
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
  let next = 0
  const client = async (): Promise<void> => {
    while (next++ < messages) {
      const message = await aMessage(`number ${next}`)
      // A database that is away acknowledges nothing; whoever hands in mail comes again later, with another one.
      const accepted = await outbox.accept(message).catch(() => null)
      if (accepted === null) await pause(COME_AGAIN_MS)
      else if (accepted.ok) say(message.messageId)
    }
  }
  await Promise.all(Array.from({ length: 10 }, client))
  await db.$disconnect()
  process.exit(0)
}
