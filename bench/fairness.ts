// Part of bench/scale.ts: whether delivery queues get equal shares while all of them are full, and whether one whose mail server does not
// answer delays the others. Four worker processes deliver to the sink.
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type pg from 'pg'
import { bundle } from '../tests/support/bundle'
import { median } from './median'
import { end, forkSide, round3 } from './outbox-world'

const WORKERS = 4
/** A turn gives each queue this many messages, which is what a worker claims at once. */
const TURN = 10
const TURNS = 4
const LOOK_MS = 1_000
const GIVE_UP_MS = Number(process.env.GIVE_UP_MS ?? 15 * 60_000)

export interface Shares {
  perSecond: number
  medianWait: number
  /** Until each queue has had ten messages, if all get the same. */
  turnMs: number
  /** The longest that any queue waited for ten messages, by the turn. */
  worstWait: number
  /** The same for the first ten messages after the workers have started. */
  worstStart: number
  workerMiB: number
}

/** @param server mail server of a queue that gets no answer, if there is to be one */
export async function measureShares(
  client: pg.Client,
  place: { url: string; port: number; queues: number },
  server: string | null,
): Promise<Shares> {
  const silent = await silentServer()
  const program = `${await bundle(['bench/outbox-side.ts'])}/outbox-side.mjs`
  const blocked = server === null ? null : { server, port: silent.port }
  await client.query('TRUNCATE "Attempt"')
  const workers = await Promise.all(
    Array.from({ length: WORKERS }, () => forkSide(program, { ...place, job: 'deliver', blocked })),
  )
  const from = Date.now()
  const wanted = TURN * TURNS * place.queues
  let count = 0
  while (count < wanted && Date.now() - from < GIVE_UP_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM "Attempt"')
    count = rows[0]?.count ?? 0
  }
  const to = Date.now()
  const workerMiB = Math.max(...workers.map(({ child }) => peakMiB(child)))
  await Promise.all(workers.map(({ child }) => end(child)))
  silent.close()
  return { ...sharesOf(await endsByQueue(client, server), { from, to, queues: place.queues }), workerMiB }
}

/** When each message of a queue was accepted by its mail server, in milliseconds, by queue. */
async function endsByQueue(client: pg.Client, without: string | null): Promise<Map<string, number[]>> {
  const { rows } = await client.query<{ server: string; ends: number[] }>(
    `SELECT s."id" AS server, coalesce(array_agg(extract(epoch FROM a."at") * 1000 + a."durationMs" ORDER BY 1) FILTER (WHERE a."at" IS NOT NULL), '{}') AS ends
     FROM "MailServer" s LEFT JOIN "Attempt" a ON a."mailServerId" = s."id" AND a."outcome" = 'accepted'
     WHERE s."id" IS DISTINCT FROM $1::uuid GROUP BY s."id"`,
    [without],
  )
  return new Map(rows.map(({ server, ends }) => [server, ends.map(Number).toSorted((a, b) => a - b)]))
}

function sharesOf(ends: Map<string, number[]>, { from, to, queues }: { from: number; to: number; queues: number }) {
  const total = [...ends.values()].reduce((sum, { length }) => sum + length, 0)
  const turnMs = (TURN * queues * (to - from)) / total
  /** One that has not come yet has taken until now at least. */
  const starts = [...ends.values()].map((times) => (times[TURN - 1] ?? to) - from)
  const waits = [...ends.values()].flatMap((times) => times.map((at, index) => (times[index + TURN] ?? to) - at))
  return {
    perSecond: Math.round((total / (to - from)) * 1_000),
    turnMs: Math.round(turnMs),
    medianWait: round3(median(waits) / turnMs),
    worstWait: round3(Math.max(...waits) / turnMs),
    worstStart: round3(Math.max(...starts) / turnMs),
  }
}

/** The most memory that a process has had. */
const peakMiB = ({ pid }: ChildProcess): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)

/** Takes a message to its end and then says nothing. */
async function silentServer(): Promise<{ port: number; close(): void }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('220 silent\r\n')
    socket.on('data', (chunk) => {
      for (const line of chunk.toString('latin1').split('\r\n')) {
        if (/^EHLO/i.test(line)) socket.write('250 silent\r\n')
        else if (/^(MAIL|RCPT)/i.test(line)) socket.write('250 2.1.0 fine\r\n')
        else if (/^DATA/i.test(line)) socket.write('354 go on\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { port: typeof address === 'object' && address ? address.port : 0, close: () => void server.close() }
}
