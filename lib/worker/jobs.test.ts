import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { quiet } from '../../tests/support/world'
import { scheduledJobs } from './jobs'

const { database } = databaseOfEach()

test('R-11 replacements wait for their next turn no longer than until the worker stops', async () => {
  const unused = () => Promise.reject(new Error('nothing is due'))
  const alerts = { watch: unused, weekly: { plan: unused } as never }
  const jobs = scheduledJobs({ db: database.db, log: quiet, services: unused, remind: unused, alerts })
  const stopping = new AbortController()
  const running = jobs.find(({ name }) => name === 'rotation')?.run(stopping.signal)
  stopping.abort()
  // It would be half a minute, which is longer than a test may take.
  expect(await running).toBeUndefined()
})
