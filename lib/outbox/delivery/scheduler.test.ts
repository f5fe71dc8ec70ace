import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Budget } from '../../kernel/budget'
import { systemClock } from '../../kernel/clock'
import type { DeliveryDeps } from './deps'
import { Openings } from './opening'
import { startDelivery } from './scheduler'

const clock = { ...systemClock, current: async () => systemClock.now() }

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
  const deps = { store, clock, leaseMs: 90_000, random: Math.random, log: console, worker: 1 }
  const beganMs = performance.now()
  const delivery = startDelivery(deps as unknown as DeliveryDeps, { wait: async () => {} })
  await expect.poll(() => reads, { timeout: 5_000 }).toBe(4)
  // Timers may end a millisecond early.
  expect(performance.now() - beganMs).toBeGreaterThan(3 * 4 * (READ_MS - 2))
  await delivery.stop(0)
})

/** Delivers for a moment from queues that are always full of messages without a text. Returns how many messages each claim may take, by queue. */
async function claimsOf(queues: number): Promise<number[][]> {
  const claims = new Map(Array.from({ length: queues }, (_, nth) => [`${nth}`, [] as number[]]))
  const due = [...claims.keys()].map((mailServerId) => ({
    ...{ mailServerId, mailbox: '', rateLimitKey: { mailServerId, mailbox: '' }, dueAt: new Date(0), version: 1 },
    ...{ retryNowCount: 0, isRateLimited: false, paused: null, hasFailover: false, hasMoved: false },
  }))
  const served = new Set<string>()
  const store = {
    dueQueues: async () => due.map((queue) => ({ ...queue, isServed: served.has(queue.mailServerId) })),
    countWorkers: async () => ({ present: 1, serving: 1 }),
    async takeRateLimitToken({ mailServerId }: { mailServerId: string }) {
      return served.has(mailServerId) ? null : served.add(mailServerId) && 0
    },
    async claim({ mailServerId }: { mailServerId: string }, _: string, { messages }: { messages: number }) {
      const sizes = claims.get(mailServerId) ?? []
      sizes.push(messages)
      return Array.from({ length: sizes.length > 2 ? 0 : messages }, () => ({
        bytes: null,
        recipients: [],
        finalStates: [],
        otherQueues: [],
      }))
    },
    recordResults: async (results: unknown[]) =>
      results.map(() => ({ isRecorded: true, hasBegunNext: true, rules: 0 })),
    ...{ reap: async () => ({ freed: 0, begun: 0 }), giveBack: async () => {}, releaseRateLimitToken: async () => {} },
    ...{ absentWorkers: async () => [], begin: async () => true },
  }
  const deps = {
    ...{ store, clock, claims: new Budget(4), openings: new Openings(), crash() {}, log: console },
    ...{ leaseMs: 90_000, random: () => 0, worker: 1 },
  }
  const delivery = startDelivery(deps as unknown as DeliveryDeps, { wait: () => pause(20) })
  await expect.poll(() => [...claims.values()].every(({ length }) => length > 2), { timeout: 10_000 }).toBe(true)
  await delivery.stop(0)
  return [...claims.values()].map((sizes) => sizes.slice(0, 2))
}

test('a quick connection claims more at once, but where queues are many each has ten messages in a round', async () => {
  expect(await claimsOf(1)).toEqual([[10, 20]])
  expect(await claimsOf(100)).toEqual(Array(100).fill([10, 10]))
})
