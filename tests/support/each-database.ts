import { beforeEach, onTestFinished } from 'vitest'
import { freshDatabase, type TestDatabase } from './database'

/** A separate database for each test of a file. It is dropped after whatever the test itself ends by `onTestFinished`. */
export function databaseOfEach(): Omit<TestDatabase, 'drop'> {
  let current: TestDatabase
  beforeEach(async () => {
    current = await freshDatabase()
    onTestFinished(() => current.drop())
  })
  return {
    get url() {
      return current.url
    },
    get db() {
      return current.db
    },
    allow: (connections: boolean) => current.allow(connections),
  }
}
