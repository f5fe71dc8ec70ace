import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { LARGE_BODIES, postingProgram } from '../../../tests/support/api-posts'
import type { ApiOrders } from '../../../tests/support/api-process'
import { bundledProcess } from '../../../tests/support/bundled-process'
import { databaseOfEach } from '../../../tests/support/each-database'
import { submissionWorld } from '../../../tests/support/submission'
import { freePort } from '../../../tests/support/throwaway-postgres'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { CONSOLE_LEAN } from '../../host/console-arguments'
import { LEAN_ENVIRONMENT } from '../../host/lean'

/**
 * With `SOAK=1` it sends 10,000 small messages as well, otherwise 100, and bodies that are smaller in all too. Of the large bodies it sends
 * five otherwise: if they were used at the same time, they would need 250 MiB.
 */
const SOAK = Boolean(process.env.SOAK)
const SMALL_MAILS = SOAK ? 10_000 : 100
const BODIES = SOAK ? LARGE_BODIES : LARGE_BODIES.slice(0, 2).map(([, ...body]) => [5, ...body] as const)
/** What these messages may add to what the process needs at rest. */
const BAR_MIB = 200

const database = databaseOfEach()

const memoryMib = ({ pid }: ChildProcess, field: 'VmHWM' | 'VmRSS'): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

test.skipIf(!existsSync('/proc/self/status'))(
  `R-21 M-09 ${BODIES.map(([count, what]) => `${count} messages of ${what}`).join(', ')}, each at once and with ${SMALL_MAILS} small ones, need less than ${BAR_MIB} MiB`,
  { timeout: SOAK ? 900_000 : 120_000 },
  async () => {
    const it = await untilTestEnds(submissionWorld({ database, entrances: [] }))
    const { secret } = await it.client({}, 'api-key')
    const bundle = await bundledProcess('api')
    const orders: ApiOrders = { url: database.url, port: 25, listenPort: await freePort(), spoolFolder: it.spoolFolder }
    const child = spawn(process.execPath, [...CONSOLE_LEAN, bundle], {
      env: { ...process.env, ...LEAN_ENVIRONMENT, ORDERS: JSON.stringify(orders) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(createInterface({ input: child.stdout }), 'line')
    const program = postingProgram(orders.listenPort, secret)
    onTestFinished(() => program.end())
    await program.postSmall(100)
    const before = memoryMib(child, 'VmRSS')
    let messages = 100
    for (const [count, what, type, body] of BODIES) {
      const statuses = await Promise.all([program.postSmall(SMALL_MAILS), program.post(type, body, count)])
      expect(new Set(statuses.flat())).toEqual(new Set([202]))
      expect(memoryMib(child, 'VmHWM') - before, what).toBeLessThan(BAR_MIB)
      messages += SMALL_MAILS + count
    }
    expect(await database.db.message.count()).toBe(messages)
  },
)
