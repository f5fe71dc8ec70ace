import { expect, test } from 'vitest'
import { databaseOfEach } from '../../tests/support/each-database'
import { quiet } from '../../tests/support/world'
import { newId } from '../kernel/ids'
import { MINUTE_MS } from '../kernel/time'
import type { Services } from '../services'
import { scheduledJobs } from './jobs'

const { database } = databaseOfEach()

const unused = () => Promise.reject(new Error('nothing is due'))

function rotationJob(services: () => Promise<Services>) {
  const alerts = { watch: unused, weekly: { plan: unused } as never }
  const jobs = scheduledJobs({ db: database.db, log: quiet, services, remind: unused, alerts })
  return jobs.find(({ name }) => name === 'rotation')
}

test('R-11 replacements wait for their next turn no longer than until the worker stops', async () => {
  const stopping = new AbortController()
  const running = rotationJob(unused)?.run(stopping.signal)
  stopping.abort()
  // It would be half a minute, which is longer than a test may take.
  expect(await running).toBeUndefined()
})

test('S-18 the worker continues a replacement whose time has come, and none before', async () => {
  const now = new Date()
  const fallback = { way: 'graph', step: 'current', label: '', startedBy: {} }
  for (const [minutesAgo, times] of [
    [-1, 0],
    [1, 1],
  ] as const) {
    const nextAttemptAt = new Date(now.getTime() - minutesAgo * MINUTE_MS)
    await database.db.rotation.create({
      data: { ...fallback, id: newId(), mailServerId: newId(), startedAt: now, updatedAt: now, nextAttemptAt },
    })
    let continued = 0
    const credentials = { advanceDueRotations: async () => ++continued }
    const stopping = new AbortController()
    const running = rotationJob(async () => ({ credentials }) as never)?.run(stopping.signal)
    stopping.abort()
    await running
    expect(continued).toBe(times)
  }
})
