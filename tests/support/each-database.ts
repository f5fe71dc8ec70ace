import { afterEach, beforeEach } from 'vitest'
import { freshDatabase, type TestDatabase } from './database'

/** A separate database for each test of a file. What a test adds to `ending` ends before the database is dropped, the last one first. */
export function databaseOfEach(): { database: Omit<TestDatabase, 'drop'>; ending: (() => unknown)[] } {
  let current: TestDatabase
  const ending: (() => unknown)[] = []
  beforeEach(async () => {
    current = await freshDatabase()
  })
  afterEach(async () => {
    for (const end of ending.splice(0).reverse()) await end()
    await current.drop()
  })
  const database = {
    get url() {
      return current.url
    },
    get db() {
      return current.db
    },
    allow: (connections: boolean) => current.allow(connections),
  }
  return { database, ending }
}
