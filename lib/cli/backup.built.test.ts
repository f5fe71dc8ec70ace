import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { run, Watched } from '../../e2e/support/process'
import { Simulator } from '../../e2e/support/simulator'
import packageJson from '../../package.json'
import { freePort, startThrowawayPostgres, type ThrowawayPostgres } from '../../tests/support/throwaway-postgres'
import { findNode, OTHER_LINES } from '../../tools/other-nodes.mjs'
import { projectRoot } from '../db/project-root'

/** The drill, with the real command on the production build: `npm run build`, then `BUILT=1 npx vitest run built`. */

/** Several starts of a whole tree on a busy machine. */
vi.setConfig({ testTimeout: 240_000 })

let home: string
let simulator: Simulator
let postgres: ThrowawayPostgres | null
let tree: Watched | null
let environment: NodeJS.ProcessEnv

/**
 * The build on other Node lines, which `npm run verify` installs: on the first one the deployment that is lost, on the second one the one that
 * is restored. All other tests run on the line of this process.
 */
const [nodeBefore, nodeAfter] = OTHER_LINES.map(findNode)
const P_04 = `P-04 on Node ${OTHER_LINES.join(' and ')}`
const hasNodes = nodeBefore && nodeAfter
if (!hasNodes) test.skip(P_04)
/** That of programs which start now. */
let node = process.execPath

beforeAll(() => {
  if (!existsSync(path.join(projectRoot(), 'dist/.built'))) throw new Error('there is no build: npm run build')
})
beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'postroom-drill-'))
  node = nodeBefore ?? process.execPath
  simulator = await Simulator.start(home, nodeAfter ?? undefined)
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

const postroom = (...args: string[]) => run(['bin/postroom', ...args], environment, node)
/** The JSON document among what both streams said. */
const documentOf = ({ output }: { output: string }): Record<string, unknown> =>
  JSON.parse(output.split('\n').find((line) => line.startsWith('{')) ?? 'null')

async function started(): Promise<void> {
  tree = new Watched(['bin/postroom', 'start'], environment, node)
  await tree.says(/is ready/)
  const page = await fetch(`http://localhost:${environment.PORT}/sign-in`)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Sign in')])
}

async function stopped(): Promise<void> {
  await tree?.stop()
  expect(await tree?.finished()).toBe(0)
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

/** The restored deployment starts, and is replaced only when asked, after a backup of it. */
async function isReplaced(file: string): Promise<void> {
  delete environment.POSTROOM_BASE_URL
  await started()
  expect(tree?.output).not.toContain('/setup?token=')
  await stopped()
  node = process.execPath
  expect(await postroom('restore', file)).toEqual({ code: 1, output: expect.stringContaining('Use --replace') })
  const replaced = await postroom('restore', file, '--replace')
  expect(replaced).toEqual({
    code: 0,
    output: expect.stringContaining(path.join(home, 'data/backups/before-restore-')),
  })
}

/** A restore into a database that is named is also in `backup.test.ts`, so the whole drill for it is left to a soak. */
const DATABASES = process.env.SOAK ? (['embedded', 'given'] as const) : (['embedded'] as const)

describe.each(DATABASES)('%s database', (database) => {
  test(`S-12 R-19 F-58 F-72 the drill: back up while it runs, lose everything, restore, send${hasNodes ? `; ${P_04}` : ''}`, async () => {
    await deployment(database)
    await started()
    expect(await postroom('mail-server', 'apply', settingsFile())).toMatchObject({ code: 0 })
    expect(await postroom('operators', 'add', 'admin@contoso.example')).toMatchObject({ code: 0 })
    expect(await sent()).toMatchObject({ outcome: 'accepted' })

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
    node = nodeAfter ?? process.execPath

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
    expect(await simulator.mails()).toHaveLength(1)

    for (const name of ['keys', 'auth-secret']) copyFileSync(path.join(copies, name), path.join(data, name))
    expect(await sent()).toMatchObject({ outcome: 'accepted' })
    expect(await simulator.mails()).toMatchObject(Array(2).fill({ to: 'anna@fabrikam.example' }))
    expect(await postroom('mail-server', 'apply', settingsFile())).toMatchObject({ code: 0 })
    expect(documentOf(await postroom('audit', 'verify', '--json'))).toMatchObject({ intact: true })

    await isReplaced(file)
  })
})
