import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { run, Watched } from '../../e2e/support/process'
import { Simulator } from '../../e2e/support/simulator'
import packageJson from '../../package.json'
import { freePort, startThrowawayPostgres, type ThrowawayPostgres } from '../../tests/support/throwaway-postgres'
import { projectRoot } from '../db/project-root'

/** The drill, with the real command on the production build: `npm run build`, then `BUILT=1 npx vitest run built`. */

/** Several starts of a whole tree on a busy machine. */
vi.setConfig({ testTimeout: 240_000 })

let home: string
let simulator: Simulator
let postgres: ThrowawayPostgres | null
let tree: Watched | null
let environment: NodeJS.ProcessEnv

beforeAll(() => {
  if (!existsSync(path.join(projectRoot(), 'dist/.built'))) throw new Error('there is no build: npm run build')
})
beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'postroom-drill-'))
  simulator = await Simulator.start(home)
  postgres = null
  tree = null
})
afterEach(async () => {
  await tree?.stop()
  await simulator.stop()
  await postgres?.stop()
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

async function deployment(database: 'embedded' | 'given'): Promise<void> {
  const { caFile, cloud, smtpPort } = simulator.facts
  postgres = database === 'given' ? await startThrowawayPostgres() : null
  writeFileSync(path.join(home, 'clouds.json'), JSON.stringify([cloud]))
  environment = {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'production',
    ...(postgres && { DATABASE_URL: await emptyDatabase(postgres) }),
    PORT: String(await freePort()),
    POSTROOM_DATA_DIR: path.join(home, 'data'),
    POSTROOM_CLOUDS_FILE: path.join(home, 'clouds.json'),
    POSTROOM_ALLOW_NETWORKS: 'localhost',
    POSTROOM_ALLOW_PORTS: String(smtpPort),
    NODE_EXTRA_CA_CERTS: caFile,
    CLIENT_SECRET: simulator.facts.clientSecret,
  }
}

/** An empty database, as after `postgres` was wiped. */
async function emptyDatabase({ url }: ThrowawayPostgres): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const name = `drill_${process.pid}_${Date.now()}`
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  return url.replace(/[^/]+$/, name)
}

const postroom = (...args: string[]) => run(['bin/postroom', ...args], environment)
/** The JSON document among what both streams said. */
const documentOf = ({ output }: { output: string }): Record<string, unknown> =>
  JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? 'null')

async function started(): Promise<void> {
  tree = new Watched(['bin/postroom', 'start'], environment)
  await tree.says(/is ready/)
}

async function stopped(): Promise<void> {
  await tree?.stop()
  tree = null
}

const sent = async () => documentOf(await postroom('mail-server', 'test', '--to', 'anna@fabrikam.example', '--json'))

function settingsFile(): string {
  const { cloud, tenantId, clientId, sender } = simulator.facts
  const file = path.join(home, 'settings.json')
  writeFileSync(
    file,
    JSON.stringify({
      type: 'exchange-online-oauth2',
      cloud: cloud.id,
      tenantId,
      clientId,
      senderAddress: sender,
      senderName: 'Contoso',
      allowIndividualSenders: false,
      credential: { kind: 'secret', value: { env: 'CLIENT_SECRET' }, expiresAt: '2099-12-31' },
    }),
  )
  return file
}

/** A restore into a database that is named is also in `backup.test.ts`, so the whole drill for it is left to a soak. */
const DATABASES = process.env.SOAK ? (['embedded', 'given'] as const) : (['embedded'] as const)

describe.each(DATABASES)('%s database', (database) => {
  test('S-12 R-19 F-58 F-72 the drill: back up while it runs, lose everything, restore, send', async () => {
    await deployment(database)
    await started()
    expect(await postroom('mail-server', 'apply', settingsFile())).toMatchObject({ code: 0 })
    expect(await postroom('operators', 'add', 'admin@contoso.example')).toMatchObject({ code: 0 })

    expect(await postroom('--version')).toEqual({ code: 0, output: `${packageJson.version}\n` })
    const file = path.join(home, 'nightly.postroom-backup')
    const written = await postroom('backup', file, '--json')
    expect(written.code, written.output).toBe(0)
    expect(documentOf(written)).toEqual({
      file,
      bytes: statSync(file).size,
      createdAt: expect.stringMatching(/Z$/),
      rows: expect.any(Number),
      keyIds: ['k1'],
      leftOut: expect.arrayContaining(['Session']),
    })
    expect(await postroom('backup', file)).toEqual({ code: 1, output: expect.stringContaining('exists already') })

    const running = await postroom('restore', file, '--replace')
    expect(running.code).toBe(1)
    expect(running.output).toMatch(
      /Stop what runs on this database first: console \(database process \d+\), worker \(database process \d+\)\. Nothing was changed/,
    )

    await stopped()
    const data = path.join(home, 'data')
    const copies = path.join(home, 'kept')
    mkdirSync(copies)
    for (const name of ['keys', 'auth-secret']) copyFileSync(path.join(data, name), path.join(copies, name))
    rmSync(data, { recursive: true })
    if (postgres) environment.DATABASE_URL = await emptyDatabase(postgres)
    environment.POSTROOM_BASE_URL = 'https://mail.fabrikam.example'

    const restored = await postroom('restore', file, '--json')
    expect(restored.code, restored.output).toBe(0)
    expect(/A new database was made .* remove \S+\/data\/postgres and /.test(restored.output)).toBe(postgres === null)
    expect(restored.output).toContain('The sealing key k1 is not in')
    expect(restored.output).toMatch(/: 1 row$/m)
    expect(restored.output).toContain('this one answers to https://mail.fabrikam.example')
    expect(documentOf(restored)).toMatchObject({
      rows: documentOf(written).rows,
      migrated: [],
      safetyBackup: null,
      held: { messages: 0, rotations: 0 },
      keyIds: ['k1'],
      keyProblems: [{ kid: 'k1', problem: 'missing' }],
      secondFactorsLost: false,
      origin: 'key-missing',
      signedBy: expect.stringMatching(/^k1\./),
      administrators: ['admin@contoso.example'],
    })
    expect(existsSync(path.join(data, 'keys'))).toBe(false)
    expect(await sent()).toMatchObject({ outcome: 'failed', diagnosis: { code: 'secret-unreadable' } })
    expect(await simulator.mails()).toEqual([])

    for (const name of ['keys', 'auth-secret']) copyFileSync(path.join(copies, name), path.join(data, name))
    expect(await sent()).toMatchObject({ outcome: 'accepted' })
    expect(await simulator.mails()).toMatchObject([{ to: 'anna@fabrikam.example' }])
    expect(documentOf(await postroom('audit', 'verify', '--json'))).toMatchObject({ intact: true })

    delete environment.POSTROOM_BASE_URL
    await started()
    expect(tree?.output).not.toContain('/setup?token=')
    await stopped()
    expect(await postroom('restore', file)).toEqual({ code: 1, output: expect.stringContaining('Use --replace') })
    const replaced = await postroom('restore', file, '--replace')
    expect(replaced).toEqual({ code: 0, output: expect.stringContaining(path.join(data, 'backups/before-restore-')) })
  })
})
