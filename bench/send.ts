// Compares a send through our transport with bare nodemailer: same pool, sink and machine. Rounds alternate, and the result is the
// median of their ratios. Run by bench/run.mjs with NODE_EXTRA_CA_CERTS set to the sink's CA.
import nodemailer from 'nodemailer'
import { Redacted } from '../lib/kernel/redacted'
import { createDialer } from '../lib/net'
import type { AttemptOptions, Mail, MailConnection, SmtpServer } from '../lib/smtp/contracts'
import { compose } from '../lib/smtp/message'
import { createMailTransport } from '../lib/smtp/transport'
import { median } from './median'

const ROUNDS = 9
const MESSAGES = 1_500
const CONNECTIONS = 3
const WARM_UP = 300
const BODY = `${'a'.repeat(76)}\r\n`.repeat(20)
const TOKEN = `bench.${'x'.repeat(1_700)}`

const port = Number(process.argv[2])
const from = { name: 'Bench', address: 'bench@contoso.example' }
const to = 'someone@fabrikam.example'
const head = { subject: 'A message like many', text: BODY, html: `<!doctype html><p>${BODY}</p>` }

const server: SmtpServer = {
  host: 'localhost',
  port,
  security: 'starttls',
  login: { kind: 'xoauth2', mailbox: from.address, token: new Redacted(TOKEN) },
}
const options: AttemptOptions = {
  signal: new AbortController().signal,
  dryRun: false,
  onStep: () => {},
}

/** Milliseconds for each message: elapsed time, and our own processor time, which varies less. */
interface Cost {
  wall: number
  cpu: number
}

async function inParallel(count: number, send: (at: number) => Promise<void>): Promise<Cost> {
  let next = 0
  const began = performance.now()
  const used = process.cpuUsage()
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < count) await send(next++)
    }),
  )
  const wall = performance.now() - began
  const { user, system } = process.cpuUsage(used)
  return { wall: wall / count, cpu: (user + system) / 1_000 / count }
}

async function ours(count: number): Promise<Cost> {
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [port] })
  const transport = createMailTransport(dialer, { ehloName: 'bench.contoso.example' })
  const connect = async () => {
    const opened = await transport.connect(server, options)
    if (!opened.ok) throw new Error(JSON.stringify(opened.error))
    return opened.value
  }
  const idle: MailConnection[] = []
  const cost = await inParallel(count, async (at) => {
    const mail: Mail = {
      from,
      envelopeFrom: from.address,
      to: [to],
      messageId: `<${at}@contoso.example>`,
      date: new Date(),
      ...head,
    }
    const message = await compose(mail)
    if (!message) throw new Error('The message cannot be composed')
    const connection = idle.pop() ?? (await connect())
    const sent = await connection.send(message, options)
    if (!sent.ok) throw new Error(JSON.stringify(sent.error))
    idle.push(connection)
  })
  for (const connection of idle) connection.end()
  return cost
}

async function bare(count: number): Promise<Cost> {
  const transport = nodemailer.createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    maxMessages: Number.POSITIVE_INFINITY,
    host: server.host,
    port,
    requireTLS: true,
    name: 'bench.contoso.example',
    auth: { type: 'OAuth2', user: from.address, accessToken: TOKEN },
  })
  const cost = await inParallel(count, async (at) => {
    await transport.sendMail({ from, to, messageId: `<${at}@contoso.example>`, date: new Date(), ...head })
  })
  transport.close()
  return cost
}

await ours(WARM_UP)
await bare(WARM_UP)
const rounds: { ours: Cost; bare: Cost }[] = []
for (let round = 0; round < ROUNDS; round++) {
  const first = round % 2 === 0 ? await ours(MESSAGES) : await bare(MESSAGES)
  const second = round % 2 === 0 ? await bare(MESSAGES) : await ours(MESSAGES)
  rounds.push(round % 2 === 0 ? { ours: first, bare: second } : { ours: second, bare: first })
}
const ratio = (of: keyof Cost): number => median(rounds.map((each) => each.ours[of] / each.bare[of]))
const round3 = (value: number): number => Number(value.toFixed(3))
console.log(
  JSON.stringify({
    what: 'a send through our transport, against bare nodemailer with the same pool',
    messages: ROUNDS * MESSAGES,
    connections: CONNECTIONS,
    oursMs: round3(median(rounds.map((each) => each.ours.wall))),
    bareMs: round3(median(rounds.map((each) => each.bare.wall))),
    ratio: round3(ratio('wall')),
    cpuRatio: round3(ratio('cpu')),
    barRatio: 1.05,
  }),
)
