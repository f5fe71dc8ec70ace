// Measures the listener for clients, with TLS, a login, policy rules, sessions and fsync on. Through-delivery is compared with bare pooled
// nodemailer to the same sink, acceptance with Debian's Postfix with its mail on hold. Run by bench/run.mjs.
import { messageFactory } from '../lib/smtp/message'
import { watchDisk } from './disk'
import { median } from './median'
import {
  A_MAIL,
  acceptInTurn,
  bare,
  CONNECTIONS,
  end,
  openWorld,
  print,
  printAccepts,
  round3,
  used,
} from './outbox-world'
import { startPostfix } from './postfix'
import { type LoadPlace, openClient } from './smtp-load'
import { type Throughput, throughputOf } from './throughput'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const MESSAGES = 1_500
const WARM_UP = 3_000
const CLIENTS = 10
/** Clients that connect for each message, and how many messages they send. */
const COMING = { clients: 40, messages: 800 }
/** The 99th percentile of a hundred is the slowest. With 200, what is accepted after them was a third slower. */
const ALONE = 100
const SLOWEST = 3
const IDLE_MS = 200
const port = Number(process.argv[2])

const world = await openWorld(port)
const { child: listener, ready } = await world.side<{ port: number; login: string; password: string }>('listen')
const { child: worker } = await world.side('deliver')
const place: LoadPlace = { port: ready.port, login: { user: ready.login, password: ready.password } }
const composed = await messageFactory.unsigned({
  ...A_MAIL,
  to: ['someone@fabrikam.example'],
  messageId: '<1@contoso.example>',
  date: new Date(),
})
if (!composed.ok) throw new Error('not composed')
const bytes = Buffer.concat([Buffer.from('From: bench@contoso.example\r\n'), composed.value.bytes])
const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openClient(place)))

/** Each message over one of the open connections. */
async function submit(count: number): Promise<Throughput> {
  const latencies: number[] = []
  let next = 0
  const began = performance.now()
  await Promise.all(
    clients.map(async (client) => {
      while (next++ < count) {
        const at = performance.now()
        await client.send(bytes)
        latencies.push(performance.now() - at)
      }
    }),
  )
  return throughputOf(latencies, performance.now() - began)
}

/** From the first message's submission to the recorded result of the last. */
async function through(count: number) {
  const [, , databaseMs] = [await used(listener), await used(worker), world.databaseCpuMs()]
  const began = performance.now()
  await submit(count)
  await world.emptied()
  const each = (ms: number) => ms / count
  const perMessageMs = each(performance.now() - began)
  const cpu = {
    listener: each(await used(listener)),
    worker: each(await used(worker)),
    database: each(world.databaseCpuMs() - databaseMs),
  }
  return { perMessageMs, cpu, cpuMs: cpu.listener + cpu.worker + cpu.database }
}

/** Each message over a new connection. */
async function comeAndGo(): Promise<number> {
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: COMING.clients }, async () => {
      while (next++ < COMING.messages) {
        const client = await openClient(place)
        await client.send(bytes)
        client.end()
      }
    }),
  )
  return (COMING.messages / (performance.now() - began)) * 1_000
}

/** One message at a time while nothing else happens: from its acceptance to the beginning of its attempt, by the database's clock. */
async function acceptToWire() {
  await world.client.query('TRUNCATE "Message" CASCADE')
  const [client] = clients
  const answeredMs: number[] = []
  const disk = await watchDisk()
  for (let at = 0; at < ALONE; at++) {
    // Workers are woken at most every 50 ms, so a message that follows closely is not one in an idle system.
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    const began = performance.now()
    await client?.send(bytes)
    answeredMs.push(performance.now() - began)
    await world.emptied()
  }
  await disk.stop()
  const { rows } = await world.client.query<{ accepted: Date; begun: Date }>(
    `SELECT m."acceptedAt" AS accepted, min(a."at") AS begun FROM "Message" m JOIN "Attempt" a ON a."messageId" = m."id" GROUP BY m."id" ORDER BY m."acceptedAt"`,
  )
  const delays = rows.map(({ accepted, begun }, nth) => ({
    ms: begun.getTime() - accepted.getTime(),
    answeredMs: round3(answeredMs[nth] ?? 0),
    diskMs: disk.slowestMs(accepted.getTime(), begun.getTime()),
  }))
  const { p50, p99 } = throughputOf(
    delays.map(({ ms }) => ms),
    1,
  )
  return { p50, p99, slowest: delays.toSorted((one, other) => other.ms - one.ms).slice(0, SLOWEST) }
}

await through(WARM_UP)
await bare(port, WARM_UP)
const rounds: (Awaited<ReturnType<typeof through>> & { ratio: number; bareMs: number })[] = []
for (let round = 0; round < ROUNDS; round++) {
  const before = round % 2 === 0 ? await bare(port, MESSAGES) : null
  const ours = await through(MESSAGES)
  const { ms: bareMs } = before ?? (await bare(port, MESSAGES))
  rounds.push({ ...ours, ratio: bareMs / ours.perMessageMs, bareMs })
}
const alone = await acceptToWire()
await end(worker)

const postfix = await startPostfix()
const accepts = await acceptInTurn(
  ROUNDS,
  // What was accepted stays: after a TRUNCATE the first statements would be planned again, which is no part of accepting.
  submit,
  async (count) => (await postfix?.accept(count, CLIENTS, bytes)) ?? null,
)
await postfix?.stop()
await comeAndGo()
const coming: number[] = []
for (let round = 0; round < ROUNDS; round++) coming.push(await comeAndGo())

print({
  what: 'submitted by SMTP with TLS and a login, delivered and written down, against bare pooled nodemailer to the same sink; fsync on',
  messages: ROUNDS * MESSAGES,
  connections: CONNECTIONS,
  oursMs: round3(median(rounds.map(({ perMessageMs }) => perMessageMs))),
  bareMs: round3(median(rounds.map(({ bareMs }) => bareMs))),
  ratio: round3(median(rounds.map(({ ratio }) => ratio))),
  barRatio: 0.6,
  cpuMs: round3(median(rounds.map(({ cpuMs }) => cpuMs))),
  barCpuMs: 1.8,
  listenerMs: round3(median(rounds.map(({ cpu }) => cpu.listener))),
  workerMs: round3(median(rounds.map(({ cpu }) => cpu.worker))),
  databaseMs: round3(median(rounds.map(({ cpu }) => cpu.database))),
})
printAccepts(
  'durable accept through the listener with TLS and a login, 10 connections; against Debian’s Postfix with its mail held, without TLS',
  accepts,
)
print({
  what: 'messages a second of clients that connect and log in for each message',
  perSecond: Math.round(median(coming)),
  barPerSecond: 200,
})
print({
  what: 'from accept to wire, one message at a time',
  p50Ms: round3(alone.p50),
  p99Ms: round3(alone.p99),
  barP99Ms: 50,
  // `answeredMs`: until its client was answered. `diskMs`: the longest that the disk alone needed for a page in this time.
  slowest: alone.slowest,
})
for (const client of clients) client.end()
await end(listener)
await world.stop()
