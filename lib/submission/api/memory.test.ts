import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import type { ApiOrders } from '../../../tests/support/api-process'
import { bundledProcess } from '../../../tests/support/bundled-process'
import { databaseOfEach } from '../../../tests/support/each-database'
import { submissionWorld } from '../../../tests/support/submission'
import { freePort } from '../../../tests/support/throwaway-postgres'
import { LEAN } from '../../host/lean'

/** With `SOAK=1` it sends 10,000 small messages as well, otherwise 300, and bodies that are smaller in all too. */
const SOAK = Boolean(process.env.SOAK)
const LARGEST_BYTES = 24.9 * 1024 ** 2
const SMALL_MAILS = SOAK ? 10_000 : 300
/** What these messages may add to what the process needs at rest. */
const BAR_MIB = 200

const { database, ending } = databaseOfEach()

const memoryMib = ({ pid }: ChildProcess, field: 'VmHWM' | 'VmRSS'): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

const MAIL = { to: 'anna@fabrikam.example', subject: 'q', text: 'x'.repeat(70) }
const json = (bytes: number): string => {
  const file = { filename: 'a.pdf', contentType: 'application/pdf', contentBase64: 'QUJD'.repeat(bytes / 4 - 100) }
  return JSON.stringify({ ...MAIL, attachments: [file] })
}
const LINE = `${'x'.repeat(76)}\r\n`
const BODIES = [
  [10, '25 MiB in JSON', 'application/json', json(LARGEST_BYTES)],
  [
    10,
    '25 MiB, finished',
    'message/rfc822',
    `To: ${MAIL.to}\r\nSubject: q\r\n\r\n${LINE.repeat(LARGEST_BYTES / LINE.length)}`,
  ],
  ...(SOAK ? [[30, '4 MiB in JSON', 'application/json', json(4 * 1024 ** 2)] as const] : []),
] as const

test.skipIf(!existsSync('/proc/self/status')).each(BODIES)(
  `R-21 M-09 %i messages of %s at once and ${SMALL_MAILS} small ones need less than ${BAR_MIB} MiB`,
  { timeout: SOAK ? 900_000 : 120_000 },
  async (mails, _, type, body) => {
    const it = await submissionWorld({ database, entrances: [] })
    ending.push(() => it.close())
    const { secret } = await it.client({}, 'api-key')
    const bundle = await bundledProcess('tests/support/api-process.ts', 'api-memory')
    const orders: ApiOrders = { url: database.url, port: 25, listenPort: await freePort(), spoolFolder: it.spoolFolder }
    const child = spawn(process.execPath, [...LEAN, bundle], {
      env: { ...process.env, ORDERS: JSON.stringify(orders) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    ending.push(() => child.kill('SIGKILL'))
    await once(createInterface({ input: child.stdout }), 'line')
    const agent = new Agent({ keepAlive: true })
    const send = (type: string, text: Buffer) =>
      new Promise<number>((resolve, reject) => {
        const headers = { authorization: `Bearer ${secret}`, 'content-type': type, 'content-length': text.length }
        const place = { host: 'localhost', port: orders.listenPort, method: 'POST', agent, headers }
        const sent = request(place, (answer) => answer.resume().once('end', () => resolve(answer.statusCode ?? 0)))
        sent.once('error', reject).end(text)
      })
    const small = Buffer.from(JSON.stringify(MAIL))
    const sendSmall = (count: number) =>
      Promise.all(
        Array.from({ length: 10 }, async () => {
          for (let nth = 0; nth < count / 10; nth++) expect(await send('application/json', small)).toBe(202)
        }),
      )
    await sendSmall(100)
    const before = memoryMib(child, 'VmRSS')
    const large = Buffer.from(body)
    await Promise.all([sendSmall(SMALL_MAILS), ...Array.from({ length: mails }, () => send(type, large))])
    expect(memoryMib(child, 'VmHWM') - before).toBeLessThan(BAR_MIB)
    expect(await database.db.message.count()).toBe(100 + mails + SMALL_MAILS)
    agent.destroy()
  },
)
