import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { createDb, type Db } from '../../lib/db/client'
import { Redacted } from '../../lib/kernel/redacted'
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
  const answer = await fetch(inject('testDatabaseBroker'))
  if (!answer.ok) throw new Error(`no test database: ${await answer.text()}`)
  const { url: serverUrl, template } = (await answer.json()) as { url: string; template: string }
  const name = `test_${randomUUID().replaceAll('-', '')}`
  // As copies of files: the other way, by the log, costs three times as much on a server that never waits for the disk.
  await onServer(serverUrl, `CREATE DATABASE "${name}" ${clause(template)} STRATEGY FILE_COPY`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const db = createDb(new Redacted(url.href), testChainKeys)
  return {
    url: url.href,
    db,
    async allow(connections) {
      await onServer(serverUrl, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS ${connections}`)
      if (!connections)
        await onServer(serverUrl, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
    },
    async drop() {
      await db.$disconnect()
      await onServer(serverUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)
    },
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
