// What bench/outbox.ts and bench/submission.ts share: a PostgreSQL that is as durable as the console's own, processes whose processor time
// is measured, and bare pooled nodemailer as the baseline.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import nodemailer from 'nodemailer'
import pg from 'pg'
import { MIGRATIONS, scriptsOf } from '../lib/db/maintenance/migrations'
import { LEAN, LEAN_ENVIRONMENT } from '../lib/host/lean'
import { bundle } from '../tests/support/bundle'
import { startThrowawayPostgres } from '../tests/support/throwaway-postgres'
import { median } from './median'
import { type Throughput, throughputOf } from './throughput'

export const CONNECTIONS = 3
const TICK_MS = 10
/** A round ends up to this much later than its last result. */
const EMPTIED_EVERY_MS = 10
/** Messages in one round of acceptance, of each side: sixty of them are above the 99th percentile. */
const ACCEPTS = 6_000
const WARM_UP_ACCEPTS = 500
/** Of 16 MiB: `max_wal_size`. */
const LOG_FILES = 16
const SERVER = '00000000-0000-4000-8000-000000000001'
const BODY = `${'a'.repeat(76)}\r\n`.repeat(20)
export const A_MAIL = { subject: 'A message like many', text: BODY, html: `<!doctype html><p>${BODY}</p>` }

/** @param port of the sink */
export async function openWorld(port: number) {
  const postgres = await startThrowawayPostgres({ durable: true })
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  for (const script of scriptsOf(MIGRATIONS)) await client.query(script)
  await client.query(
    `INSERT INTO "MailServer" ("id", "name", "isDefault", "version", "settings", "updatedAt") VALUES ($1, 'Bench', true, 1, $2, now())`,
    [SERVER, settingsOf(port)],
  )
  await fillLog(client)
  const program = `${await bundle(['bench/outbox-side.ts'])}/outbox-side.mjs`
  const { pid: ownPid } = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0] ?? { pid: 0 }

  return {
    client,
    side: <T>(job: SideOrder['job']) => forkSide<T>(program, { url: postgres.url, port, job }),
    /** Processor time of all database processes, including those that have ended, except the one that serves this benchmark. */
    databaseCpuMs(): number {
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
    },
    /** Resolves when no message waits. */
    async emptied(): Promise<void> {
      // Prepared, because it is asked while the last messages are delivered.
      const text = `SELECT FROM "Message" WHERE "state" = 'queued' UNION ALL SELECT FROM "Message" WHERE "state" = 'sending' LIMIT 1`
      while ((await client.query({ name: 'waits', text })).rowCount)
        await new Promise((resolve) => setTimeout(resolve, EMPTIED_EVERY_MS))
    },
    async stop(): Promise<void> {
      await client.end()
      await postgres.stop()
    },
  }
}

/** Fills the write-ahead log once, as in any server that has been in use, which writes over these files instead of making new ones. */
async function fillLog(client: pg.Client): Promise<void> {
  for (let file = 0; file < LOG_FILES; file++) {
    await client.query('SELECT pg_current_xact_id()')
    await client.query('SELECT pg_switch_wal()')
  }
  await client.query('CHECKPOINT')
}

/** Stored settings of a mail server that is the sink. */
export const settingsOf = (port: number) => ({
  type: 'smtp',
  host: 'localhost',
  port,
  security: 'starttls',
  username: null,
  senderAddress: 'bench@contoso.example',
  senderName: 'Bench',
  allowIndividualSenders: false,
})

/** What a process of bench/outbox-side.ts is to do. */
export interface SideOrder {
  url: string
  /** Of the sink. */
  port: number
  job: 'accept' | 'deliver' | 'listen'
  /** A mail server that is at another port, where nothing answers. */
  blocked?: { server: string; port: number } | null
  /** How many mail servers there are, each with a rule, if not one. */
  queues?: number
}

/** Of the nth mail server and of its messages; `bench/scale.ts` writes the same in SQL. */
export const serverId = (nth: number): string => `00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`
export const senderOf = (nth: number): string => `box${nth}@contoso.example`

/** Starts a process and waits for its first message. */
export async function forkSide<T>(bundle: string, order: SideOrder): Promise<{ child: ChildProcess; ready: T }> {
  const profile = process.env.PROF
  const profiling = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}/${order.job}`] : []
  const env = { ...process.env, ...LEAN_ENVIRONMENT }
  const child = fork(bundle, [JSON.stringify(order)], { execArgv: [...LEAN, ...profiling], env })
  return { child, ready: await replyOf<T>(child) }
}

export async function replyOf<T>(child: ChildProcess): Promise<T> {
  return (await once(child, 'message'))[0] as T
}
/** Processor time that a process has used since the previous call. */
export async function used(child: ChildProcess): Promise<number> {
  child.send('used')
  return (await replyOf<{ cpuMs: number }>(child)).cpuMs
}
export async function end(child: ChildProcess): Promise<void> {
  child.send('end')
  await once(child, 'exit')
}

/** Bare pooled nodemailer to the sink. */
export async function bare(port: number, count: number): Promise<{ ms: number; cpuMs: number }> {
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

export const round3 = (value: number): number => Number(value.toFixed(3))
const p99Of = (rounds: readonly Throughput[]): number =>
  throughputOf(
    rounds.flatMap(({ latenciesMs }) => latenciesMs),
    1,
  ).p99
const summaryOf = (throughputs: Throughput[]) => ({
  perSecond: Math.round(median(throughputs.map(({ perSecond }) => perSecond))),
  p50Ms: round3(median(throughputs.map(({ p50 }) => p50))),
})
export const print = (line: object) => console.log(JSON.stringify(line))

/** Rounds of acceptance, ours and Postfix's in turn; `theirs` is null if Postfix is not there. Neither begins cold. */
export async function acceptInTurn(
  rounds: number,
  ours: (count: number) => Promise<Throughput>,
  theirs: (count: number) => Promise<Throughput | null>,
) {
  const measured: { ours: Throughput; theirs: Throughput | null }[] = []
  await ours(WARM_UP_ACCEPTS)
  await theirs(WARM_UP_ACCEPTS)
  for (let round = 0; round < rounds; round++) {
    const before = round % 2 === 0 ? await theirs(ACCEPTS) : null
    const own = await ours(ACCEPTS)
    measured.push({ ours: own, theirs: before ?? (await theirs(ACCEPTS)) })
  }
  return measured
}

export function printAccepts(what: string, accepts: Awaited<ReturnType<typeof acceptInTurn>>): void {
  const theirs = accepts.flatMap((round) => (round.theirs ? [{ ...round, theirs: round.theirs }] : []))
  const ratios = theirs.map((round) => round.ours.perSecond / round.theirs.perSecond)
  const ours = p99Of(accepts.map((round) => round.ours))
  const postfix = p99Of(theirs.map((round) => round.theirs))
  print({
    what,
    messagesOfEach: accepts.length * ACCEPTS,
    ...summaryOf(accepts.map(({ ours }) => ours)),
    postfix:
      theirs.length === 0 ? 'not measured: not installed, or not root' : summaryOf(theirs.map((round) => round.theirs)),
    ratio: round3(median(ratios)),
    ratioOfEachRound: ratios.map(round3),
    barRatio: 1.5,
    // Of all rounds' messages together. The ratios of single rounds say how much it varies.
    p99Ms: { ours: round3(ours), postfix: round3(postfix) },
    p99Ratio: round3(ours / postfix),
    barP99Ratio: 0.5,
    p99RatioOfEachRound: theirs.map((round) => round3(round.ours.p99 / round.theirs.p99)),
  })
}
