import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from '@playwright/test'
import pg from 'pg'
import { consoleArguments } from '../../lib/host/console-arguments'
import { freePort, startThrowawayPostgres, type ThrowawayPostgres } from '../../tests/support/throwaway-postgres'
import { ROOT, run, Watched } from './process'
import { Simulator } from './simulator'

/** `embedded`: the tree's own PostgreSQL. `given`: another server, named by DATABASE_URL. */
type DatabaseKind = 'embedded' | 'given'

export interface TreeOptions {
  database: DatabaseKind
  /** `POSTROOM_SECOND_FACTOR`. */
  secondFactor?: 'admins' | 'all' | 'none'
}

export const METRICS_TOKEN = 'a-token-for-the-metrics-page'
const READY_MS = 90_000
const POLL_MS = 50
/** Longest run of one scheduled job. */
const JOB_MS = 30_000
/** The worker polls every ten seconds, then runs the job. */
export const WORKER_MS = 10_000 + JOB_MS

/**
 * The production build as `bin/postroom start` runs it, with a simulated Microsoft 365. Everything that differs from a real
 * deployment is set in the environment.
 */
export class Tree {
  #database: pg.Pool | null = null

  private constructor(
    readonly baseUrl: string,
    readonly simulator: Simulator,
    readonly postroom: Watched,
    readonly dataDir: string,
    /** The first administrator's link, as printed at start. */
    readonly setUpUrl: string,
    /** Of the listener for SMTP clients. */
    readonly submissionPorts: { starttls: number; plain: number },
    private readonly environment: NodeJS.ProcessEnv,
    private readonly postgres: ThrowawayPostgres | null,
  ) {}

  static async start({ database, secondFactor = 'none' }: TreeOptions): Promise<Tree> {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'postroom-e2e-'))
    const postgres = database === 'given' ? await startThrowawayPostgres() : null
    const simulator = await Simulator.start(dataDir)
    const { caFile, cloud, smtpPort, smtpServer, webhookUrl } = simulator.facts
    const cloudsFile = path.join(dataDir, 'clouds.json')
    writeFileSync(cloudsFile, JSON.stringify([cloud]))
    const port = await freePort()
    const submissionPorts = { starttls: await freePort(), plain: await freePort() }
    const baseUrl = `http://localhost:${port}`
    const environment = {
      ...bareEnvironment(),
      ...(postgres && { DATABASE_URL: postgres.url }),
      PORT: String(port),
      POSTROOM_BASE_URL: baseUrl,
      POSTROOM_DATA_DIR: path.join(dataDir, 'data'),
      POSTROOM_SECOND_FACTOR: secondFactor,
      POSTROOM_METRICS_TOKEN: METRICS_TOKEN,
      POSTROOM_CLOUDS_FILE: cloudsFile,
      POSTROOM_ALLOW_NETWORKS: `localhost,${new URL(webhookUrl).host}`,
      POSTROOM_ALLOW_PORTS: [smtpPort, smtpServer.starttlsPort, smtpServer.tlsPort, smtpServer.plainPort].join(),
      POSTROOM_ALLOW_PLAINTEXT_SMTP: 'true',
      POSTROOM_SUBMISSION_PORTS: Object.entries(submissionPorts)
        .map(([entrance, at]) => `${entrance}=${at}`)
        .join(),
      LOG_LEVEL: 'trace',
      NODE_EXTRA_CA_CERTS: caFile,
    }
    const postroom = new Watched(['bin/postroom', 'start'], environment)
    const [setUpUrl] = await postroom.says(/http:\/\/localhost:\d+\/setup\?token=[\w-]+/)
    await answersReady(baseUrl, postroom)
    return new Tree(baseUrl, simulator, postroom, dataDir, setUpUrl, submissionPorts, environment, postgres)
  }

  /** Runs `bin/postroom` while the console runs, as an administrator at the shell would. */
  command(...args: string[]): Promise<{ code: number | null; output: string }> {
    return run(['bin/postroom', ...args], this.environment)
  }

  /** Queries the database directly, by a connection that stays open, since a new one signs in first. */
  async query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    if (!this.#database) {
      this.#database = new pg.Pool({ connectionString: this.databaseUrl(), max: 2 })
      // Of an idle connection when a test ends the database.
      this.#database.on('error', () => {})
    }
    const answers = await this.#database.query<Row>(sql)
    return answers.rows
  }

  /** Runs a scheduled job of the worker now; a running one ends first. */
  async tick(job: string): Promise<void> {
    const insert = `INSERT INTO pgboss.job (name, policy) VALUES ('${job}', 'exclusive') ON CONFLICT DO NOTHING RETURNING id`
    await expect.poll(async () => (await this.query(insert)).length, { timeout: JOB_MS }).toBe(1)
    await this.query(`SELECT pg_notify('pgboss_' || left(encode(sha224('pgboss'), 'hex'), 24), '${job}')`) // as the queue does
  }

  databaseUrl(): string {
    if (this.postgres) return this.postgres.url
    const data = path.join(this.dataDir, 'data')
    const password = readFileSync(path.join(data, 'postgres.password'), 'utf8').trim()
    const port = readFileSync(path.join(data, 'postgres/postmaster.pid'), 'utf8').split('\n')[3]
    return `postgresql://postroom:${password}@127.0.0.1:${port}/postroom`
  }

  /** The same console without proxy.ts, on the same data: what remains if an attacker finds a way around it (W-01). */
  withoutProxy<T>(use: (baseUrl: string) => Promise<T>): Promise<T> {
    return this.withChangedBuild((copy) => {
      const manifest = path.join(copy, '.next/server/functions-config-manifest.json')
      if (!readFileSync(manifest, 'utf8').includes('/_middleware'))
        throw new Error('the build keeps its proxy elsewhere')
      writeFileSync(manifest, JSON.stringify({ version: 1, functions: {} }))
    }, use)
  }

  /** The console from a copy of the build that was changed, on the same data. */
  async withChangedBuild<T>(change: (folder: string) => void, use: (baseUrl: string) => Promise<T>): Promise<T> {
    const copy = path.join(this.dataDir, 'changed-build')
    const original = path.join(ROOT, '.next/standalone')
    rmSync(copy, { recursive: true, force: true })
    mkdirSync(copy)
    // What the console reads, by a program: Node's own copying takes a millisecond for each of thousands of files.
    const read = ['.next', 'package.json', 'server.js'].map((part) => path.join(original, part))
    execFileSync('cp', ['-R', ...read, copy])
    symlinkSync(path.join(original, 'node_modules'), path.join(copy, 'node_modules'))
    change(copy)
    const port = await freePort()
    const baseUrl = `http://localhost:${port}`
    const data = path.join(this.dataDir, 'data')
    const console_ = new Watched(consoleArguments(copy), {
      ...this.environment,
      DATABASE_URL: this.databaseUrl(),
      POSTROOM_AUTH_SECRET_FILE: path.join(data, 'auth-secret'),
      POSTROOM_KEYS_FILE: path.join(data, 'keys'),
      POSTROOM_BASE_URL: baseUrl,
      PORT: String(port),
      HOSTNAME: '127.0.0.1',
    })
    try {
      await answersReady(baseUrl, console_)
      return await use(baseUrl)
    } finally {
      await console_.stop()
    }
  }

  /** Makes what ends after some time as many minutes older: sessions, or the newest one of them, and a second factor that is being set up. */
  async age(minutes: number, { newest = false } = {}): Promise<void> {
    const earlier = (...columns: string[]) =>
      columns.map((name) => `"${name}" = "${name}" - interval '${minutes} minutes'`).join()
    const which = newest ? 'WHERE id = (SELECT id FROM "Session" ORDER BY "createdAt" DESC LIMIT 1)' : ''
    await this.query(`UPDATE "Session" SET ${earlier('createdAt', 'lastSeenAt', 'expiresAt')} ${which}`)
    if (!newest) await this.query(`UPDATE "TwoFactor" SET ${earlier('expiresAt')}`)
  }

  /** Requests to Microsoft without the worker's daily check, which may run at any moment and leaves a row. */
  async requestsBeyondProbes(): Promise<number> {
    const [{ probes } = { probes: 0 }] = await this.query<{ probes: number }>(
      `SELECT count(*)::int AS probes FROM "CredentialProbe" WHERE reason = 'daily'`,
    )
    return (await this.simulator.requests()).length - probes
  }

  /**
   * Resets the console to its first start: no mail server, no counted attempts, Microsoft healthy. Operators and audit rows stay,
   * and sessions become new, so that a long run is not asked to confirm the password.
   */
  async cleanSlate(): Promise<void> {
    await this.#endDeliveries()
    await this.simulator.reset()
    await this.query(`
      BEGIN;
      SET LOCAL session_replication_role = replica;
      DELETE FROM "Attempt"; DELETE FROM "Recipient"; DELETE FROM "MessageBody"; DELETE FROM "MessageText"; DELETE FROM "Message";
      DELETE FROM "MailboxHour"; DELETE FROM "FailureReport"; DELETE FROM "Alert"; DELETE FROM "AlertSettings";
      INSERT INTO "AlertSettings" ("id") VALUES (1);
      DELETE FROM "WeeklyReport"; INSERT INTO "WeeklyReport" ("id") VALUES (1);
      DELETE FROM "PropagationRetry"; DELETE FROM "Rotation"; DELETE FROM "CredentialProbe"; DELETE FROM "Reminder";
      DELETE FROM "NotificationChannel"; UPDATE "CredentialWatch" SET "thresholdsDays" = DEFAULT, "thresholdsVersion" = 0, "inventoryVersion" = 0,
        "rotateVersion" = 0;
      DELETE FROM "CalendarFeed"; DELETE FROM "TestRun"; DELETE FROM "Sender";
      DELETE FROM "MailServerRevision";
      DELETE FROM "MailServer"; DELETE FROM "Credential"; DELETE FROM "PolicyRevision";
      DELETE FROM "InventoryRun"; DELETE FROM "AppCredential"; DELETE FROM "AppRegistration";
      DELETE FROM "AppRegistrationText"; DELETE FROM "AppCredentialCount";
      UPDATE "CredentialWatch" SET inventory = false;
      UPDATE "Organisation" SET "name" = DEFAULT, "version" = 0, "updatedBy" = NULL, "updatedAt" = NULL;
      UPDATE "Retention" SET "messageDays" = DEFAULT, "failedBodyDays" = DEFAULT, "version" = 0, "updatedBy" = NULL, "updatedAt" = NULL;
      DELETE FROM "Client"; DELETE FROM "SubmissionSession"; DELETE FROM "BasicAuthSender"; DELETE FROM "BasicAuthReport";
      DELETE FROM "FormToken"; DELETE FROM "RateLimit";
      DELETE FROM "Heartbeat" WHERE name = 'worker-of-another-machine';
      UPDATE "CredentialWatch" SET "rotateDaysBefore" = NULL;
      DELETE FROM "Session" WHERE id LIKE 'many-%'; DELETE FROM "Operator" WHERE id LIKE 'many-%';
      UPDATE "Session" SET "createdAt" = now(), "lastSeenAt" = now(), "expiresAt" = now() + interval '12 hours';
      COMMIT`)
  }

  /** What a worker is sending arrives before the mailboxes are emptied, or it would be in the way of the next test. */
  async #endDeliveries(): Promise<void> {
    await this.query(`UPDATE "Message" SET state = 'cancelled', "endedAt" = now() WHERE state = 'queued'`)
    const sending = `SELECT FROM "Message" WHERE state = 'sending' AND holder IS NOT NULL`
    await expect.poll(async () => (await this.query(sending)).length).toBe(0)
  }

  async stop(): Promise<void> {
    await this.#database?.end()
    await this.postroom.stop()
    await this.simulator.stop()
    await this.postgres?.stop()
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What Node needs to run, and nothing of the deployment this shell may be set up for. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env
  return { PATH, HOME, TMPDIR, LANG, NODE_ENV: 'production' }
}

async function answersReady(baseUrl: string, postroom: Watched): Promise<void> {
  for (const until = Date.now() + READY_MS; ; ) {
    const answer = await fetch(`${baseUrl}/health/ready`).catch(() => null)
    if (answer?.ok) return
    if (postroom.ended || Date.now() > until) throw new Error(`not ready:\n${postroom.output.slice(-4_000)}`)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
