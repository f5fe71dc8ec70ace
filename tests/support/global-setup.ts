import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../lib/db/maintenance/migrate'
import { Redacted } from '../../lib/kernel/redacted'
import { bundle, PROCESSES } from './bundle'
import { startThrowawayPostgres, type ThrowawayPostgres } from './throwaway-postgres'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of what the tests share. */
    testBroker: string
  }
}

/** What the tests of the run share: each is made when the first test needs it. */
export interface Shared {
  /** A server, and the database that each of the tests' own is a copy of. */
  database: { url: string; template: string }
  /** Where the bundles of processes are. Together they take 2 s of processor time, one alone 0.8 s. */
  bundles: { folder: string }
}

interface Prepared {
  url: string
  template: string
  release(): Promise<void>
}

/** Called for each project. What the root provides is for all of them, which so share it. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!project.isRootProject()) return undefined
  let preparing: Promise<Prepared> | null = null
  let bundling: Promise<string> | null = null
  const make = {
    async database() {
      preparing ??= prepare()
      const { url, template } = await preparing
      return { url, template }
    },
    async bundles() {
      bundling ??= bundle(PROCESSES.map((name) => `tests/support/${name}-process.ts`))
      return { folder: await bundling }
    },
  } satisfies { [Name in keyof Shared]: () => Promise<Shared[Name]> }
  const broker = createServer(async ({ url }, response) => {
    try {
      response.end(JSON.stringify(await (url === '/bundles' ? make.bundles() : make.database())))
    } catch (thrown) {
      response.writeHead(500).end(String(thrown))
    }
  })
  project.provide('testBroker', await listen(broker))
  return async () => {
    broker.close()
    await (await preparing)?.release()
  }
}

async function prepare(): Promise<Prepared> {
  const externalUrl = process.env.TEST_DATABASE_URL
  const server: ThrowawayPostgres | null = externalUrl ? null : await startThrowawayPostgres()
  const url = externalUrl ?? server?.url ?? ''
  const template = `postroom_template_${randomUUID().replaceAll('-', '')}`
  await onServer(url, `CREATE DATABASE "${template}"`)
  const migrated = await migrate(new Redacted(withDatabase(url, template)))
  if (!migrated.ok) throw new Error(`migrations: ${JSON.stringify(migrated.error)}`)
  return {
    url,
    template,
    release: () => (server ? server.stop() : onServer(url, `DROP DATABASE IF EXISTS "${template}" WITH (FORCE)`)),
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql)
  await client.end()
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  return changed.href
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the broker has no port')
  return `http://127.0.0.1:${address.port}`
}
