// The outbox against bare pooled nodemailer to the same sink: rounds alternate, and what counts is the median of their ratios. The
// database is as durable as the console's own; accepting and delivering are processes of their own. Run by bench/run.mjs.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import nodemailer from 'nodemailer'
import pg from 'pg'
import { startThrowawayPostgres } from '../tools/throwaway-postgres'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const MESSAGES = 1_500
const WARM_UP = 600
const CONNECTIONS = 3
const TICK_MS = 10
const SERVER = '00000000-0000-4000-8000-000000000001'
const root = path.resolve(import.meta.dirname, '..')
const port = Number(process.argv[2])

const postgres = await startThrowawayPostgres({ durable: true })
const client = new pg.Client({ connectionString: postgres.url })
await client.connect()
const migrations = path.join(root, 'prisma/migrations')
for (const folder of readdirSync(migrations)
  .filter((name) => /^\d/.test(name))
  .sort())
  await client.query(readFileSync(path.join(migrations, folder, 'migration.sql'), 'utf8'))
const settings = {
  ...{ type: 'smtp', host: 'localhost', port, security: 'starttls', username: null },
  ...{ senderAddress: 'bench@contoso.example', senderName: 'Bench', allowIndividualSenders: false },
}
await client.query(
  `INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt") VALUES ($1, 'Bench', true, 1, $2, now())`,
  [SERVER, settings],
)

const bundle = path.join(root, 'node_modules/.cache/postroom/bench-outbox.mjs')
const entryPoints = [path.join(root, 'bench/outbox-side.ts')]
await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', format: 'esm', packages: 'external' })

async function side(job: 'accept' | 'deliver'): Promise<ChildProcess> {
  const profile = process.env.PROF
  const execArgv = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}/${job}`] : []
  const child = fork(bundle, [JSON.stringify({ url: postgres.url, port, job })], { execArgv })
  await told(child)
  return child
}
async function told<T>(child: ChildProcess): Promise<T> {
  return (await once(child, 'message'))[0] as T
}
/** Processor time that it took since it was asked last. */
async function used(child: ChildProcess): Promise<number> {
  child.send('used')
  return (await told<{ cpuMs: number }>(child)).cpuMs
}
async function end(child: ChildProcess): Promise<void> {
  child.send('end')
  await once(child, 'exit')
}

/** Processor time of the server, of all its processes, those that have ended among them. */
function databaseCpuMs(): number {
  const stat = (pid: string): number[] =>
    readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').map(Number) ?? []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  let ticks = 0
  for (const pid of pids) {
    try {
      const fields = stat(pid)
      const own = (fields[11] ?? 0) + (fields[12] ?? 0)
      if (Number(pid) === postgres.pid) ticks += own + (fields[13] ?? 0) + (fields[14] ?? 0)
      else if (fields[1] === postgres.pid) ticks += own
    } catch {
      // ended meanwhile
    }
  }
  return ticks * TICK_MS
}

async function emptied(): Promise<void> {
  const waits = `SELECT FROM "Message" WHERE "state" = 'queued' UNION ALL SELECT FROM "Message" WHERE "state" = 'sending' LIMIT 1`
  while ((await client.query(waits)).rowCount) await new Promise((resolve) => setTimeout(resolve, 25))
}

interface Accepting {
  wallMs: number
  p50: number
  p99: number
}

/** As in production, the processes live long. */
const [accepting, worker] = [await side('accept'), await side('deliver')]

/** From the first mail's acceptance to the last one's result. */
async function through(count: number) {
  const [, , databaseMs] = [await used(accepting), await used(worker), databaseCpuMs()]
  const began = performance.now()
  accepting.send(count)
  await told<Accepting>(accepting)
  await emptied()
  const wallMs = performance.now() - began
  const each = (ms: number) => ms / count
  const cpu = {
    accepting: each(await used(accepting)),
    worker: each(await used(worker)),
    database: each(databaseCpuMs() - databaseMs),
  }
  return { perMessageMs: each(wallMs), cpu, cpuMs: cpu.accepting + cpu.worker + cpu.database }
}

async function accept(count: number) {
  accepting.send(count)
  const { wallMs, p50, p99 } = await told<Accepting>(accepting)
  await client.query('TRUNCATE "Message" CASCADE')
  return { perSecond: (count / wallMs) * 1_000, p50, p99 }
}

async function bare(count: number): Promise<number> {
  const transport = nodemailer.createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: Number.POSITIVE_INFINITY,
    host: 'localhost',
    port,
    requireTLS: true,
    name: 'bench.contoso.example',
  })
  const body = `${'a'.repeat(76)}\r\n`.repeat(20)
  const head = { subject: 'A message like many', text: body, html: `<!doctype html><p>${body}</p>` }
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next++ < count)
        await transport.sendMail({
          from: 'bench@contoso.example',
          to: 'someone@fabrikam.example',
          date: new Date(),
          ...head,
        })
    }),
  )
  transport.close()
  return (performance.now() - began) / count
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const round3 = (value: number): number => Number(value.toFixed(3))
const print = (line: object) => console.log(JSON.stringify(line))

await through(WARM_UP)
await bare(WARM_UP)
const rounds: (Awaited<ReturnType<typeof through>> & { ratio: number; bareMs: number })[] = []
for (let round = 0; round < ROUNDS; round++) {
  const before = round % 2 === 0 ? await bare(MESSAGES) : null
  const ours = await through(MESSAGES)
  const bareMs = before ?? (await bare(MESSAGES))
  rounds.push({ ...ours, ratio: bareMs / ours.perMessageMs, bareMs })
}
await end(worker)
const accepts = []
for (let round = 0; round < ROUNDS; round++) accepts.push(await accept(MESSAGES))
print({
  what: 'accepted, delivered and written down, against bare pooled nodemailer to the same sink; fsync on',
  messages: ROUNDS * MESSAGES,
  connections: CONNECTIONS,
  oursMs: round3(median(rounds.map(({ perMessageMs }) => perMessageMs))),
  bareMs: round3(median(rounds.map(({ bareMs }) => bareMs))),
  ratio: round3(median(rounds.map(({ ratio }) => ratio))),
  barRatio: 0.6,
  cpuMs: round3(median(rounds.map(({ cpuMs }) => cpuMs))),
  acceptingMs: round3(median(rounds.map(({ cpu }) => cpu.accepting))),
  workerMs: round3(median(rounds.map(({ cpu }) => cpu.worker))),
  databaseMs: round3(median(rounds.map(({ cpu }) => cpu.database))),
  barCpuMs: 1.3,
})
print({
  what: 'durable accept, 10 clients, nothing delivered meanwhile',
  messages: ROUNDS * MESSAGES,
  perSecond: Math.round(median(accepts.map(({ perSecond }) => perSecond))),
  p50Ms: round3(median(accepts.map(({ p50 }) => p50))),
  p99Ms: round3(median(accepts.map(({ p99 }) => p99))),
})
await end(accepting)
await client.end()
await postgres.stop()
