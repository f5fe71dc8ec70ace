// Compares the outbox with bare pooled nodemailer to the same sink: rounds alternate, and the result is the median of their ratios. The
// database is as durable as the console's own. Accepting and delivering each run in a separate process. Run by bench/run.mjs.
import { messageFactory } from '../lib/smtp/message'
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
  replyOf,
  round3,
  used,
} from './outbox-world'
import { startPostfix } from './postfix'
import type { Throughput } from './throughput'

const ROUNDS = Number(process.env.ROUNDS ?? 7)
const MESSAGES = 1_500
/** Messages after which the code is compiled as in a process that has run for a while. */
const WARM_UP = 3_000
const CLIENTS = 10
const port = Number(process.argv[2])

const world = await openWorld(port)
const { databaseCpuMs, emptied } = world

/** As in production, the processes run for a long time. */
const { child: accepting } = await world.side('accept')
const { child: worker } = await world.side('deliver')

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

/** What was accepted stays: after a TRUNCATE the first statements would be planned again, which is no part of accepting. */
async function accept(count: number): Promise<Throughput> {
  accepting.send(count)
  return replyOf<Throughput>(accepting)
}

await through(WARM_UP)
await bare(port, WARM_UP)
const rounds: (Awaited<ReturnType<typeof through>> & { ratio: number; bareMs: number; bareCpuMs: number })[] = []
for (let round = 0; round < ROUNDS; round++) {
  const before = round % 2 === 0 ? await bare(port, MESSAGES) : null
  const ours = await through(MESSAGES)
  const { ms: bareMs, cpuMs: bareCpuMs } = before ?? (await bare(port, MESSAGES))
  rounds.push({ ...ours, ratio: bareMs / ours.perMessageMs, bareMs, bareCpuMs })
}
await end(worker)
const postfix = await startPostfix()
const composed = await messageFactory.unsigned({
  ...A_MAIL,
  to: ['someone@fabrikam.example'],
  messageId: '<1@contoso.example>',
  date: new Date(),
})
if (!composed.ok) throw new Error('not composed')
const accepts = await acceptInTurn(
  ROUNDS,
  accept,
  async (count) => (await postfix?.accept(count, CLIENTS, composed.value.bytes)) ?? null,
)
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
printAccepts(
  'durable accept, 10 clients, nothing delivered at the same time; against Debian’s Postfix with its mail held, by SMTP without TLS',
  accepts,
)
await end(accepting)
await world.stop()
