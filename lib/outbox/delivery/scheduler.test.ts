import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../kernel/clock'
import type { DeliveryDeps } from './deps'
import { startDelivery } from './scheduler'

test('however often it is woken, a worker spends at most a quarter of its time reading which queues are due', async () => {
  const READ_MS = 40
  let reads = 0
  const store = {
    async dueQueues() {
      reads++
      await pause(READ_MS)
      return []
    },
    reap: async () => ({ freed: 0, begun: 0 }),
  }
  const deps = { store, clock: systemClock, leaseMs: 90_000, random: Math.random, log: console, worker: 1 }
  const beganMs = performance.now()
  const delivery = startDelivery(deps as unknown as DeliveryDeps, { wait: async () => {} })
  await expect.poll(() => reads, { timeout: 5_000 }).toBe(4)
  // Timers may end a millisecond early.
  expect(performance.now() - beganMs).toBeGreaterThan(3 * 4 * (READ_MS - 2))
  await delivery.stop(0)
})
