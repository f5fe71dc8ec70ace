// Compares the outbox with bare pooled nodemailer to the same sink: rounds alternate, and the result is the median of their ratios. The
// database is as durable as the console's own. Accepting and delivering each run in a separate process. Run by bench/run.mjs.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import nodemailer from 'nodemailer'
import pg from 'pg'
import { LEAN } from '../lib/host/lean'
import { messageFactory } from '../lib/smtp'
import { bundledProcess } from '../tests/support/bundled-process'
import { startThrowawayPostgres } from '../tests/support/throwaway-postgres'
import { startPostfix } from './postfix'
import type { Throughput } from './throughput'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const MESSAGES = 1_500
/** Messages after which the code is compiled as in a process that has run for a while. */
const WARM_UP = 3_000
const CONNECTIONS = 3
const CLIENTS = 10
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

const bundle = await bundledProcess('bench/outbox-side.ts', 'bench-outbox')

async function side(job: 'accept' | 'deliver'): Promise<ChildProcess> {
  const profile = process.env.PROF
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}/${job}`] : []
  const execArgv = [...LEAN, ...profiling]
  const child = fork(bundle, [JSON.stringify({ url: postgres.url, port, job })], { execArgv })
  await replyOf(child)
  return child
}
async function replyOf<T>(child: ChildProcess): Promise<T> {
  return (await once(child, 'message'))[0] as T
}
/** Processor time that a process has used since the previous call. */
async function used(child: ChildProcess): Promise<number> {
  child.send('used')
  return (await replyOf<{ cpuMs: number }>(child)).cpuMs
}
async function end(child: ChildProcess): Promise<void> {
  child.send('end')
  await once(child, 'exit')
}

const { pid: ownPid } = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0] ?? { pid: 0 }
/** Processor time of all database processes, including those that have ended, except the one that serves this benchmark. */
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
      else if (fields[1] === postgres.pid && Number(pid) !== ownPid) ticks += own
    } catch {
      // The process has ended in between.
    }
  }
  return ticks * TICK_MS
}

async function emptied(): Promise<void> {
  const waits = `SELECT FROM "Message" WHERE "state" = 'queued' UNION ALL SELECT FROM "Message" WHERE "state" = 'sending' LIMIT 1`
  while ((await client.query(waits)).rowCount) await new Promise((resolve) => setTimeout(resolve, 25))
}

/** As in production, the processes run for a long time. */
const [accepting, worker] = [await side('accept'), await side('deliver')]

/** From the acceptance of the first message to the recorded result of the last. */
async function through(count: number) {
  const [, , databaseMs] = [await used(accepting), await used(worker), databaseCpuMs()]
  const began = performance.now()
  accepting.send(count)
  await replyOf<Throughput>(accepting)
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
  const throughput = await replyOf<Throughput>(accepting)
  await client.query('TRUNCATE "Message" CASCADE')
  return throughput
}

const BODY = `${'a'.repeat(76)}\r\n`.repeat(20)
const A_MAIL = { subject: 'A message like many', text: BODY, html: `<!doctype html><p>${BODY}</p>` }

async function bare(count: number): Promise<{ ms: number; cpuMs: number }> {
  const transport = nodemailer.createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: Number.POSITIVE_INFINITY,
    host: 'localhost',
    port,
    requireTLS: true,
    name: 'bench.contoso.example',
  })
  let next = 0
  const [began, usedBefore] = [performance.now(), process.cpuUsage()]
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next++ < count)
        await transport.sendMail({
          from: 'bench@contoso.example',
          to: 'someone@fabrikam.example',
          date: new Date(),
          ...A_MAIL,
        })
    }),
  )
  transport.close()
  const { user, system } = process.cpuUsage(usedBefore)
  return { ms: (performance.now() - began) / count, cpuMs: (user + system) / 1_000 / count }
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const round3 = (value: number): number => Number(value.toFixed(3))
const summaryOf = (throughputs: Throughput[]) => ({
  perSecond: Math.round(median(throughputs.map(({ perSecond }) => perSecond))),
  p50Ms: round3(median(throughputs.map(({ p50 }) => p50))),
  p99Ms: round3(median(throughputs.map(({ p99 }) => p99))),
})
const print = (line: object) => console.log(JSON.stringify(line))

await through(WARM_UP)
await bare(WARM_UP)
const rounds: (Awaited<ReturnType<typeof through>> & { ratio: number; bareMs: number; bareCpuMs: number })[] = []
for (let round = 0; round < ROUNDS; round++) {
  const before = round % 2 === 0 ? await bare(MESSAGES) : null
  const ours = await through(MESSAGES)
  const { ms: bareMs, cpuMs: bareCpuMs } = before ?? (await bare(MESSAGES))
  rounds.push({ ...ours, ratio: bareMs / ours.perMessageMs, bareMs, bareCpuMs })
}
await end(worker)
const postfix = await startPostfix()
const composed = await messageFactory.unsigned({
  ...A_MAIL,
  ...{ to: ['someone@fabrikam.example'], messageId: '<1@contoso.example>', date: new Date() },
})
if (!composed) throw new Error('not composed')
const accepts: { ours: Throughput; theirs: Throughput | null }[] = []
for (let round = 0; round < ROUNDS; round++) {
  const theirs = async () => (await postfix?.accept(MESSAGES, CLIENTS, composed.bytes)) ?? null
  const before = round % 2 === 0 ? await theirs() : null
  const ours = await accept(MESSAGES)
  accepts.push({ ours, theirs: before ?? (await theirs()) })
}
await postfix?.stop()
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
  bareCpuMs: round3(median(rounds.map(({ bareCpuMs }) => bareCpuMs))),
})
const theirs = accepts.flatMap((round) => (round.theirs ? [{ ...round, theirs: round.theirs }] : []))
print({
  what: 'durable accept, 10 clients, nothing delivered meanwhile; against Debian’s Postfix with its mail held, by SMTP without TLS',
  messages: ROUNDS * MESSAGES,
  ...summaryOf(accepts.map(({ ours }) => ours)),
  postfix:
    theirs.length === 0 ? 'not measured: not installed, or not root' : summaryOf(theirs.map((round) => round.theirs)),
  ratio: round3(median(theirs.map((round) => round.ours.perSecond / round.theirs.perSecond))),
  barRatio: 1.5,
  p99Ratio: round3(median(theirs.map((round) => round.ours.p99 / round.theirs.p99))),
  barP99Ratio: 0.5,
})
await end(accepting)
await client.end()
await postgres.stop()
