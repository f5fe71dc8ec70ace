import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { consolePidOf } from '../../e2e/support/process'
import {
  faultsOf,
  LARGE_BODIES,
  postingProgram,
  postUntilAcknowledged,
  type Submitted,
} from '../../tests/support/api-posts'
import { startThrowawayPostgres, type ThrowawayPostgres } from '../../tests/support/throwaway-postgres'
import { projectRoot } from '../db/project-root'
import { consoleArguments } from './console-arguments'
import { freePort } from './embedded-postgres'

/*
 * The whole console of the production build, which also serves the HTTP API, with the load that the tests of lib/submission put on the API
 * alone: `SOAK=1 BUILT=1 npx vitest run console-api`.
 */
const [ROUNDS, MESSAGES] = [30, 500]
const SMALL_MAILS = 10_000
/** Bound of the memory of each process. */
const BAR_MIB = 400
const SECRET = `prk_${'k'.repeat(43)}`
const WAIT = { timeout: 120_000, interval: 20 }

vi.setConfig({ testTimeout: 3_600_000 })

describe.skipIf(!process.env.SOAK || !existsSync('/proc/self/status'))('the whole console', () => {
  let home: string
  let postgres: ThrowawayPostgres
  let database: pg.Client
  let port: number
  /** Of the console that the host started. */
  let variables: NodeJS.ProcessEnv
  let console_: ChildProcess | null = null

  beforeAll(async () => {
    home = mkdtempSync(path.join(os.tmpdir(), 'postroom-console-api-'))
    postgres = await startThrowawayPostgres({ durable: true })
    port = await freePort()
    variables = await variablesOfHost()
    database = new pg.Client({ connectionString: postgres.url })
    await database.connect()
    await database.query(`INSERT INTO "Client" ("id", "way", "kind", "name", "senders", "scopes", "secretHash", "createdBy", "createdAt")
      VALUES (gen_random_uuid(), 'api-key', 'application', 'Billing', '{billing@contoso.example}', '{send}',
        encode(sha256('${SECRET}'), 'hex'), 'test', now())`)
  }, 120_000)
  afterEach(async () => {
    await kill()
    await database.query('TRUNCATE "Message" CASCADE')
  })
  afterAll(async () => {
    await database.end()
    await postgres.stop()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  })

  /** Lets `bin/postroom start` prepare database and keys, and reads the environment that it gave its console. */
  async function variablesOfHost(): Promise<NodeJS.ProcessEnv> {
    const host = spawn(process.execPath, [path.join(projectRoot(), 'bin/postroom'), 'start'], {
      cwd: home,
      env: {
        PATH: process.env.PATH ?? '',
        PORT: String(port),
        POSTROOM_DATA_DIR: path.join(home, 'data'),
        DATABASE_URL: postgres.url,
      } as unknown as NodeJS.ProcessEnv,
      stdio: 'ignore',
    })
    await vi.waitUntil(answers, WAIT)
    const lines = readFileSync(`/proc/${consolePidOf(host.pid ?? 0)}/environ`, 'utf8').split('\0')
    host.kill('SIGTERM')
    await once(host, 'close')
    const { NODE_CHANNEL_FD: _, ...own } = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))
    return own
  }

  const answers = (): Promise<boolean> =>
    fetch(`http://localhost:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    )

  async function start(): Promise<ChildProcess> {
    const standalone = path.join(projectRoot(), '.next/standalone')
    const options = { cwd: standalone, env: variables, stdio: 'ignore' } as const
    console_ = spawn(process.execPath, consoleArguments(standalone), options)
    await vi.waitUntil(answers, WAIT)
    return console_
  }

  async function kill(): Promise<void> {
    if (console_?.exitCode !== null || console_.signalCode !== null) return
    console_.kill('SIGKILL')
    await once(console_, 'close')
  }

  const stored = async (): Promise<{ subject: string; count: number }[]> =>
    (await database.query('SELECT "subject", count(*)::int AS count FROM "Message" GROUP BY "subject"')).rows

  test.each(LARGE_BODIES)(
    `R-21 M-09 %i messages of %s at once and ${SMALL_MAILS} small ones need less than ${BAR_MIB} MiB`,
    async (mails, _, type, body) => {
      const { pid } = await start()
      const program = postingProgram(port, SECRET)
      // Some pages, so that their code and what they share is part of the measurement.
      for (let nth = 0; nth < 20; nth++) await (await fetch(`http://localhost:${port}/sign-in`)).text()
      const half = SMALL_MAILS / 2
      const statuses = await program.postSmall(half)
      statuses.push(...(await Promise.all([program.postSmall(half), program.post(type, body, mails)])).flat())
      program.end()
      expect(new Set(statuses)).toEqual(new Set([202]))
      const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      expect(Number(peak) / 1024).toBeLessThan(BAR_MIB)
    },
  )

  test('R-01 R-02 F-55 kill -9 while programs submit: no acknowledged message is lost, and none with an idempotency key is stored twice', async () => {
    const submitted: Submitted = { acknowledged: [], unknown: new Set() }
    await start()
    for (let round = 0; round < ROUNDS; round++) {
      const posting = postUntilAcknowledged({ port, secret: SECRET }, { round, count: MESSAGES }, submitted)
      const bar = submitted.acknowledged.length + 1 + Math.floor(Math.random() * 100)
      await expect.poll(() => submitted.acknowledged.length, { ...WAIT, interval: 2 }).toBeGreaterThanOrEqual(bar)
      await kill()
      await start()
      await posting
      expect(submitted.acknowledged).toHaveLength((round + 1) * MESSAGES)
    }
    expect(faultsOf(await stored(), submitted)).toEqual({ lost: [], twice: [] })
    const { rows } = await database.query(`SELECT count(*)::int AS broken FROM "Message" m
      WHERE NOT EXISTS (SELECT FROM "MessageBody" b WHERE b."messageId" = m."id")
        OR NOT EXISTS (SELECT FROM "Recipient" r WHERE r."messageId" = m."id")`)
    expect(rows).toEqual([{ broken: 0 }])
  })
})
