// Measures the statements of delivery with many delivery queues and many waiting messages, against the same queues with twenty each.
// Run by bench/run.mjs: `node bench/run.mjs scale [messages] [queues]`.
import pg from 'pg'
import { createDb } from '../lib/db/client'
import { MIGRATIONS, scriptsOf } from '../lib/db/maintenance/migrations'
import { Redacted } from '../lib/kernel/redacted'
import { createOutboxStore } from '../lib/outbox/store/store'
import { testChainKeys } from '../tests/support/chain-keys'
import { startThrowawayPostgres } from '../tests/support/throwaway-postgres'
import { print, round3 } from './outbox-world'
import { throughputOf } from './throughput'

const MESSAGES = Number(process.argv[2] ?? 5_000_000)
const QUEUES = Number(process.argv[3] ?? 1_000)
const SERVERS = 10
const CLAIMS = 300
/** Twenty a queue, so that a claim takes as many messages as among millions. */
const FEW = 20 * QUEUES
const WORKERS = 4
const HOLDER = '00000000-0000-4000-8000-00000000000a'

const postgres = await startThrowawayPostgres({ durable: true })
const client = new pg.Client({ connectionString: postgres.url })
await client.connect()
for (const script of scriptsOf(MIGRATIONS)) await client.query(script)
await client.query(
  `INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt")
   SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Server ' || n, n = 1, 1, '{"type":"smtp"}', now() FROM generate_series(1, ${SERVERS}) n`,
)

/** Messages in turn over all queues, due a moment ago. */
async function fill(from: number, to: number): Promise<void> {
  await client.query(
    `WITH message AS (
       INSERT INTO "Message" ("id", "mailServerId", "mailbox", "source", "subject", "messageId", "sizeBytes", "needsUtf8", "acceptedAt", "dueAt", "expiresAt")
       SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
         ('00000000-0000-4000-8000-' || lpad((n % ${SERVERS} + 1)::text, 12, '0'))::uuid, 'box' || (n / ${SERVERS} % ${QUEUES / SERVERS}),
         'smtp', 'Scale', '<' || n || '@contoso.example>', 3, false, now() - interval '1 hour', now() - interval '1 hour' + n * interval '1 microsecond', now() + interval '5 days'
       FROM generate_series($1::int, $2::int) n RETURNING "id"
     ), body AS (INSERT INTO "MessageBody" ("messageId", "bytes") SELECT "id", 'abc' FROM message)
     INSERT INTO "Recipient" ("messageId", "position", "address") SELECT "id", 0, 'anna@fabrikam.example' FROM message`,
    [from, to],
  )
}

const dbs = Array.from({ length: WORKERS }, () => createDb(new Redacted(postgres.url), testChainKeys))
const stores = dbs.map((db) => createOutboxStore(db, { now: () => new Date() }))

/** Four workers claim ten messages each of queues in turn, and give them back. Times in milliseconds. */
async function measure() {
  const [first] = stores
  if (!first) throw new Error('no worker')
  const queueTimes: number[] = []
  let queues = await first.dueQueues()
  for (let round = 0; round < 5; round++) {
    const began = performance.now()
    queues = await first.dueQueues()
    queueTimes.push(performance.now() - began)
  }
  const times: number[] = []
  await Promise.all(
    stores.map(async (store, worker) => {
      for (let at = worker; at < CLAIMS; at += WORKERS) {
        const queue = queues[(at * 7) % queues.length]
        if (!queue) throw new Error('no queue')
        const limits = { messages: 10, bytes: 16 * 1024 ** 2, leaseMs: 90_000, isProbe: false }
        const began = performance.now()
        const claimed = await store.claim(queue, HOLDER, limits)
        times.push(performance.now() - began)
        await store.giveBack(claimed)
      }
    }),
  )
  return { queues: queues.length, dueQueuesMs: round3(throughputOf(queueTimes, 1).p50), claim: throughputOf(times, 1) }
}

await fill(0, FEW - 1)
await client.query('ANALYZE')
await measure()
const few = await measure()
const CHUNK = 100_000
for (let from = FEW; from < MESSAGES; from += CHUNK) await fill(from, Math.min(from + CHUNK, MESSAGES) - 1)
await client.query('VACUUM ANALYZE "Message"')
await measure()
const many = await measure()
print({
  what: 'claiming ten messages, and finding due queues, with many queues and messages, against twenty messages a queue',
  ...{ messages: MESSAGES, queues: many.queues, workers: WORKERS },
  claimP50Ms: { few: round3(few.claim.p50), many: round3(many.claim.p50) },
  claimP99Ms: { few: round3(few.claim.p99), many: round3(many.claim.p99) },
  ratio: round3(many.claim.p50 / few.claim.p50),
  barRatio: 1.5,
  dueQueuesMs: { few: few.dueQueuesMs, many: many.dueQueuesMs },
})
for (const db of dbs) await db.$disconnect()
await client.end()
await postgres.stop()
