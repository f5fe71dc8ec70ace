import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundledProcess } from '../../tests/support/bundled-process'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { aMessage, outboxAt } from '../../tests/support/outbox'
import type { Orders } from '../../tests/support/outbox-process'
import { listen, type TestServer } from '../../tests/support/servers'
import { checked } from '../../tests/support/wire-safe'
import { LEAN, LEAN_ENVIRONMENT } from '../host/lean'

/** With `SOAK=1` it sends ten large messages and 10,000 small ones, otherwise six, twice as many as it has connections, and 100. */
const SOAK = Boolean(process.env.SOAK)
const MIB = 1024 ** 2
const LARGE = { messages: SOAK ? 10 : 6, bytes: 25 * MIB }
const SMALL_MAILS = SOAK ? 10_000 : 100
/** Bound of a worker's memory, whatever it sends. */
const BAR_MIB = 400
const END = '\r\n.\r\n'

let database: TestDatabase
let server: TestServer & { accepted: string[] }
let bundle: string
let worker: ChildProcess | null = null
beforeEach(async () => {
  ;[database, server, bundle] = await Promise.all([freshDatabase(), devouringServer(), bundledProcess('outbox')])
})
afterEach(async () => {
  worker?.kill('SIGKILL')
  await server.close()
  await database.drop()
})

/** Accepts every message and stores only a digest of its text, without header and final dot. */
async function devouringServer() {
  const accepted: string[] = []
  const own = await listen((socket) => {
    socket.removeAllListeners('data') // The default listener stores what arrives.
    socket.write('220 devours\r\n')
    converse(socket, accepted)
  })
  return Object.assign(own, { accepted })
}

function converse(socket: Socket, accepted: string[]): void {
  let text = Buffer.alloc(0)
  let digest: ReturnType<typeof createHash> | null = null
  let inHeader = true
  socket.on('data', (chunk: Buffer) => {
    text = Buffer.concat([text, chunk])
    for (;;) {
      if (!digest) {
        const end = text.indexOf('\r\n')
        if (end < 0) return
        const verb = text.toString('latin1', 0, 4)
        text = text.subarray(end + 2)
        if (verb === 'DATA') [digest, inHeader] = [createHash('sha256'), true]
        socket.write(verb === 'DATA' ? '354 go on\r\n' : '250 fine\r\n')
        continue
      }
      if (inHeader) {
        const end = text.indexOf('\r\n\r\n')
        if (end < 0) return
        text = text.subarray(end + 4)
        inHeader = false
      }
      const end = text.indexOf(END)
      // The last bytes may be the beginning of the final dot, so they are not digested yet.
      const sure = end < 0 ? Math.max(0, text.length - END.length + 1) : end
      digest.update(text.subarray(0, sure))
      text = text.subarray(end < 0 ? sure : sure + END.length)
      if (end < 0) return
      accepted.push(digest.digest('hex'))
      digest = null
      socket.write('250 2.0.0 taken\r\n')
    }
  })
}

function aLargeText(): Buffer {
  const line = `${'0123456789'.repeat(7)}abcdef\r\n`
  return Buffer.concat([Buffer.from('\r\n'), Buffer.alloc(LARGE.bytes, line)]).subarray(0, LARGE.bytes)
}

const peakMib = ({ pid }: ChildProcess): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

test.skipIf(!existsSync('/proc/self/status'))(
  `R-21 a worker that sends ${LARGE.messages} messages of 25 MiB at once and ${SMALL_MAILS} small ones uses less than ${BAR_MIB} MiB, and every text arrives complete`,
  { timeout: SOAK ? 600_000 : 120_000 },
  async () => {
    const { url } = database
    const { port, accepted } = server
    const outbox = await outboxAt({ database, port })
    const text = aLargeText()
    for (let nth = 0; nth < LARGE.messages; nth++) {
      const { bytes: _, ...head } = await aMessage(`large ${nth}`)
      const header = Buffer.from(`Subject: ${head.subject}\r\n`)
      const answer = await outbox.accept({ ...head, bytes: checked(Buffer.concat([header, text])) })
      expect(answer).toMatchObject({ ok: true })
    }
    const small = await Promise.all(Array.from({ length: SMALL_MAILS }, (_, nth) => aMessage(`small ${nth}`)))
    await Promise.all(small.map((message) => outbox.accept(message)))

    const orders: Orders = { url, port, job: 'deliver', leaseMs: 30_000 }
    worker = spawn(process.execPath, [...LEAN, bundle], {
      env: { ...process.env, ...LEAN_ENVIRONMENT, ORDERS: JSON.stringify(orders) },
      stdio: 'inherit',
    })
    await expect
      .poll(() => accepted.length, { timeout: SOAK ? 540_000 : 90_000, interval: 100 })
      .toBe(LARGE.messages + SMALL_MAILS)
    const whole = createHash('sha256').update(text.subarray(2)).digest('hex')
    expect(accepted.filter((digest) => digest === whole)).toHaveLength(LARGE.messages)
    const waiting = () => database.db.message.count({ where: { NOT: { state: 'delivered' } } })
    await expect.poll(waiting).toBe(0)
    expect(peakMib(worker)).toBeLessThan(BAR_MIB)
  },
)
