import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { createDb, type Db } from '../../lib/db'
import { Redacted } from '../../lib/kernel/redacted'
import { askBroker } from './broker'
import { testChainKeys } from './chain-keys'

export interface TestDatabase {
  url: string
  db: Db
  /** False: every connection is cut and none is let in, as when the server is gone. */
  allow(connections: boolean): Promise<void>
  drop(): Promise<void>
}

/** A separate migrated database for one test file or one test, on the PostgreSQL of the run. Takes about 40 ms. */
export async function freshDatabase(): Promise<TestDatabase> {
  return makeDatabase((template) => `TEMPLATE "${template}"`)
}

/** An empty one: for tests of the migrations themselves. */
export async function emptyDatabase(): Promise<TestDatabase> {
  return makeDatabase(() => 'TEMPLATE template0')
}

async function makeDatabase(clause: (template: string) => string): Promise<TestDatabase> {
  serverOfRun ??= connectToServer().catch((error) => {
    serverOfRun = undefined
    throw error
  })
  const { server, template } = await serverOfRun
  const name = `test_${randomUUID().replaceAll('-', '')}`
  // As copies of files: the other way, by the log, costs three times as much on a server that never waits for the disk.
  await server.query(`CREATE DATABASE "${name}" ${clause(template)} STRATEGY FILE_COPY`)
  const url = new URL(server.options.connectionString ?? '')
  url.pathname = `/${name}`
  const db = createDb(new Redacted(url.href), testChainKeys)
  return {
    url: url.href,
    db,
    async allow(connections) {
      await server.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS ${connections}`)
      if (!connections)
        await server.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
    },
    async drop() {
      await db.$disconnect()
      await server.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
    },
  }
}

/** Connections of this process to the PostgreSQL of the run, for all its databases: a new one costs as much as a short test. */
let serverOfRun: Promise<{ server: pg.Pool; template: string }> | undefined

async function connectToServer(): Promise<{ server: pg.Pool; template: string }> {
  const { url, template } = await askBroker('database')
  const server = new pg.Pool({ connectionString: url, max: 2, allowExitOnIdle: true })
  // Of an idle connection when the server ends with the run.
  server.on('error', () => {})
  return { server, template }
}

const BROKEN_OFF = 'broken off'

/**
 * Breaks an operation off after its first statement, then after its second one, until it reaches its end.
 *
 * @param unchanged checks after each time that the operation has changed nothing
 * @returns after how many statements it was broken off
 */
export async function breakOffEverywhere(
  db: Db,
  operation: (db: Db) => Promise<unknown>,
  unchanged: () => Promise<void>,
): Promise<number> {
  for (let at = 1; ; at += 1) {
    try {
      await operation(brokenOffAfter(db, at))
      return at - 1
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.message === BROKEN_OFF)) throw thrown
      await unchanged()
    }
  }
}

function brokenOffAfter(db: Db, statements: number): Db {
  let left = statements
  const query = {
    async $allOperations({ args, query }: { args: unknown; query: (args: unknown) => Promise<unknown> }) {
      const result = await query(args)
      left -= 1
      if (left === 0) throw new Error(BROKEN_OFF)
      return result
    },
  }
  return db.$extends({ query }) as unknown as Db
}
