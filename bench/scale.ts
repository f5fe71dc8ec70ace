// Measures delivery with many delivery queues and many waiting messages: the statements, against the same queues with twenty messages each,
// and the share that each queue gets. Run by bench/run.mjs: `node bench/run.mjs scale [messages] [queues]`.
import pg from 'pg'
import { createDb } from '../lib/db'
import { MIGRATIONS, scriptsOf } from '../lib/db/maintenance/migrations'
import { Redacted } from '../lib/kernel/redacted'
import { createOutboxStore } from '../lib/outbox/store/store'
import { testChainKeys } from '../tests/support/chain-keys'
import { startThrowawayPostgres } from '../tests/support/throwaway-postgres'
import { measureShares } from './fairness'
import { print, round3, serverId, settingsOf } from './outbox-world'
import { throughputOf } from './throughput'

const port = Number(process.argv[2])
const MESSAGES = Number(process.argv[3] ?? 5_000_000)
const QUEUES = Number(process.argv[4] ?? 1_000)
const CLAIMS = 300
/** Twenty a queue, so that a claim takes as many messages as among millions. */
const FEW = 20 * QUEUES
const WORKERS = 4
/** What waits is short, so that five million of it fit on the disk. */
const BYTES = Buffer.from('To: anna@fabrikam.example\r\nSubject: Scale\r\n\r\nA message.\r\n')
const HOLDER = '00000000-0000-4000-8000-00000000000a'

const postgres = await startThrowawayPostgres({ durable: true })
const client = new pg.Client({ connectionString: postgres.url })
await client.connect()
for (const script of scriptsOf(MIGRATIONS)) await client.query(script)
await client.query(
  `INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt")
   SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Server ' || n, n = 0, 1, $1, now() FROM generate_series(0, ${QUEUES - 1}) n`,
  [settingsOf(port)],
)

/** Messages in turn over all queues, due a moment ago. */
async function fill(from: number, to: number): Promise<void> {
  await client.query(
    `WITH message AS (
       INSERT INTO "Message" ("id", "mailServerId", "mailbox", "originator", "source", "subject", "messageId", "sizeBytes", "needsUtf8", "acceptedAt", "dueAt", "expiresAt")
       SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
         ('00000000-0000-4000-8000-' || lpad((n % ${QUEUES})::text, 12, '0'))::uuid, '', 'box' || n % ${QUEUES} || '@contoso.example', 'smtp', 'Scale', '<' || n || '@contoso.example>', ${BYTES.length}, false, now() - interval '1 hour', now() - interval '1 hour' + n * interval '1 microsecond', now() + interval '5 days'
       FROM generate_series($1::int, $2::int) n RETURNING "id"
     ), body AS (INSERT INTO "MessageBody" ("messageId", "bytes") SELECT "id", $3::bytea FROM message)
     INSERT INTO "Recipient" ("messageId", "position", "address") SELECT "id", 0, 'anna@fabrikam.example' FROM message`,
    [from, to, BYTES],
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
  messages: MESSAGES,
  queues: many.queues,
  workers: WORKERS,
  claimP50Ms: { few: round3(few.claim.p50), many: round3(many.claim.p50) },
  claimP99Ms: { few: round3(few.claim.p99), many: round3(many.claim.p99) },
  ratio: round3(many.claim.p50 / few.claim.p50),
  barRatio: 1.5,
  dueQueuesMs: { few: few.dueQueuesMs, many: many.dueQueuesMs },
})

const place = { url: postgres.url, port, queues: QUEUES }
const alone = await measureShares(client, place, null)
print({
  what: 'delivery while every queue is full, from the start of the workers: waits for ten messages, against the turn in which each queue gets ten',
  messages: MESSAGES,
  queues: QUEUES,
  workers: WORKERS,
  ...alone,
  barWorstWait: 2,
  barMiB: 400,
})
const besideBlocked = await measureShares(client, place, serverId(7))
print({
  what: 'the same while one of the mail servers takes each message and never answers, the other queues only',
  ...besideBlocked,
  rateRatio: round3(besideBlocked.perSecond / alone.perSecond),
  barWorstWait: 2,
})
for (const db of dbs) await db.$disconnect()
await client.end()
await postgres.stop()
