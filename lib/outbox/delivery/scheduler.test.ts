import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { quiet } from '../../../tests/support/world'
import { systemClock } from '../../kernel'
import { Budget } from '../../kernel/budget'
import type { DueQueue } from '../store/due-queues'
import { connectionLoop } from './connection-loop'
import type { DeliveryDeps } from './deps'
import { Openings } from './places'
import type { ResultWriter } from './result-writer'
import { startDelivery } from './scheduler'

afterEach(() => void vi.useRealTimers())

const NONE_FREED = { freed: 0, begun: 0 }
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
    reap: async () => NONE_FREED,
  }
  const deps = { store, clock, leaseMs: 90_000, random: Math.random, log: console, worker: 1 }
  const beganMs = performance.now()
  const delivery = startDelivery(deps as unknown as DeliveryDeps, { wait: async () => {} })
  await expect.poll(() => reads, { timeout: 5_000 }).toBe(4)
  // Timers may end a millisecond early.
  expect(performance.now() - beganMs).toBeGreaterThan(3 * 4 * (READ_MS - 2))
  await delivery.stop(0)
})

interface World {
  queues: number
  /** How many messages a claim finds, by how many the queue has had before. */
  messagesOf(claims: number, messages: number): number | Promise<number>
  /** The last queue has a paused mail server, at which a probe is due. */
  hasProbe?: boolean
  /** How many of the first queues another worker serves since they were read. */
  preceded?: number
  leaseMs?: number
  /** All queues are of one mailbox, which has a rate limit. */
  isOneMailbox?: boolean
  /** By default leases can be extended, and none has run out. */
  leases?: Partial<DeliveryDeps['store']>
}

/** Delivers messages without a text. Returns what was claimed, and how many queues had been opened and were claimed from before each wait. */
function deliver({ queues, messagesOf, hasProbe, preceded = 0, isOneMailbox, leaseMs = 90_000, leases }: World) {
  const claims: { queue: string; nth: number; messages: number }[] = []
  const waits: { ms: number; served: number; claims: number }[] = []
  const paused = { by: 'diagnosis', code: 'temporary', nextProbeAt: null, at: new Date() }
  const due = Array.from({ length: queues }, (_, nth) => ({
    mailServerId: `${nth}`,
    mailbox: '',
    rateLimitKey: { mailServerId: isOneMailbox ? 'any' : `${nth}`, mailbox: '' },
    dueAt: new Date(0),
    version: 1,
    retryNowCount: 0,
    isRateLimited: isOneMailbox === true,
    hasFailover: false,
    hasMoved: false,
    paused: hasProbe && nth === queues - 1 ? paused : null,
  }))
  const served = new Set<string>()
  const store = {
    dueQueues: async () => due.map((queue) => ({ ...queue, isServed: served.has(queue.mailServerId) })),
    countWorkers: async () => ({ present: 1, serving: 1 }),
    async takeRateLimitToken({ mailServerId }: { mailServerId: string }) {
      const isFree = !served.has(mailServerId) && Number(mailServerId) >= preceded
      served.add(mailServerId)
      return isFree ? 0 : null
    },
    async claim({ mailServerId: queue }: { mailServerId: string }, _: string, { messages }: { messages: number }) {
      const nth = claims.filter((claim) => claim.queue === queue).length
      claims.push({ queue, nth, messages })
      const message = { bytes: null, recipients: [], finalStates: [], otherQueues: [] }
      return Array(await messagesOf(nth, messages)).fill(message)
    },
    recordResults: async (results: unknown[]) =>
      results.map(() => ({ isRecorded: true, hasBegunNext: true, rules: 0 })),
    reap: async () => NONE_FREED,
    giveBack: async () => {},
    wake: async () => {},
    releaseRateLimitTokens: async () => {},
    absentWorkers: async () => [],
    begin: async () => true,
    takeProbe: async () => !served.has(`${queues - 1}`),
    giveProbeBack: async () => {},
    renewLeases: async () => [],
    ...leases,
  }
  const deps = {
    store,
    clock,
    claims: new Budget(queues),
    openings: new Openings(),
    log: quiet,
    leaseMs,
    random: () => 0,
    worker: 1,
  }
  const wait = (ms: number) => {
    waits.push({ ms, served: served.size, claims: claims.length })
    return pause(20)
  }
  return { ...startDelivery(deps as unknown as DeliveryDeps, { wait }), claims, waits, served }
}

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5)
}

async function sizesOfClaims(queues: number) {
  const messagesOf = (nth: number, messages: number) => (nth > 1 ? 0 : messages)
  const { claims, stop } = deliver({ queues, messagesOf })
  await expect.poll(() => claims.filter(({ nth }) => nth === 2).length, { timeout: 10_000 }).toBe(queues)
  await stop(0)
  return [0, 1].map((round) => new Set(claims.filter(({ nth }) => nth === round).map(({ messages }) => messages)))
}

test('a quick connection claims more at once, but where queues are many each has ten messages in a round', async () => {
  expect(await sizesOfClaims(1)).toEqual([new Set([10]), new Set([20])])
  expect(await sizesOfClaims(100)).toEqual([new Set([10]), new Set([10])])
})

test('where queues are many, a worker takes no more than it can begin soon, and all have a first round before one has another', async () => {
  // No timer begins further rounds; `expect.poll` would let time pass.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const rounds = [gate(), gate()]
  const messagesOf = async (nth: number) => {
    await rounds[nth]?.opened
    return nth === 0 ? 10 : 0
  }
  const { claims, waits, served, stop } = deliver({ queues: 130, messagesOf, hasProbe: true })
  const nths = () => claims.map(({ nth }) => nth)
  await until(() => waits.length > 0)
  // 25 rounds and the probe, which waits for none; ten queues are looked at together.
  expect(waits[0]).toEqual({ ms: 500, served: 80 + 1, claims: 25 + 1 })
  rounds[0]?.open()
  await until(() => served.size === 130 && claims.length === 80 + 1 + 25)
  rounds[1]?.open()
  // The probe is one message.
  await until(() => claims.length === 2 * 129 + 1)
  await stop(0)
  expect(nths()).toEqual([...Array(81).fill(0), ...Array(25).fill(1), ...Array(49).fill(0), ...Array(104).fill(1)])
})

test('a worker that others precede at a few of many queues takes further ones, and one that they precede at ten reads again which are left', async () => {
  for (const [preceded, first] of [
    [9, 90],
    [10, 10],
  ] as const) {
    const held = gate()
    const { waits, served, stop } = deliver({ queues: 100, messagesOf: () => held.opened.then(() => 0), preceded })
    await expect.poll(() => waits.length, { timeout: 5_000 }).toBeGreaterThan(0)
    expect(waits[0]).toMatchObject({ served: first })
    held.open()
    await expect.poll(() => served.size, { timeout: 5_000 }).toBe(100)
    await stop(0)
  }
})

test('R-08 of four mail servers that log in as one mailbox, each that has a connection beyond the first one gives it to the one without', async () => {
  const holders: (string | null)[] = [null, null, null]
  const freed = new Set<number>()
  const leases: World['leases'] = {
    async takeRateLimitToken(_, kind, { holder }) {
      const slot = kind === 'message' ? 0 : holders.indexOf(null)
      if (kind === 'connection' && slot >= 0) holders[slot] = holder
      return slot < 0 ? null : slot
    },
    async releaseRateLimitTokens(_, { kind, holder }) {
      if (kind === 'message') return
      freed.add(holders.indexOf(holder))
      holders[holders.indexOf(holder)] = null
    },
    recipientsToday: async () => 0,
    isBeingSent: async () => false,
  }
  const { stop } = deliver({ queues: 4, isOneMailbox: true, messagesOf: () => pause(5, 1), leases })
  await expect.poll(() => [...freed].toSorted(), { timeout: 10_000 }).toEqual([1, 2])
  await stop(0)
})

test('a message that is noticed while every connection has just claimed none wakes the worker once one of them is free', async () => {
  const held = gate()
  let wakes = 0
  const wake = async () => void wakes++
  const { waits, claims, stop } = deliver({ queues: 1, messagesOf: () => held.opened.then(() => 0), leases: { wake } })
  await until(() => waits.filter((wait) => wait.claims === 1).length > 1)
  expect(wakes).toBe(0)
  held.open()
  await until(() => wakes === 1)
  expect(claims).toHaveLength(1)
  await stop(0)
})

test('what a connection gives back at its end wakes the other workers', async () => {
  const closing = new AbortController()
  const order: string[] = []
  const store = {
    async claim() {
      closing.abort()
      return [{}]
    },
    giveBack: async () => void order.push('given back'),
    wake: async () => void order.push('woken'),
  }
  const results = { forget() {} } as unknown as ResultWriter
  const cut = new AbortController().signal
  const turn = async () => true
  const queue = {} as DueQueue
  const options = { queue, holder: '1', isProbe: false, closing: closing.signal, cut, turn, onClaim() {} }
  const deps = { store, clock, claims: new Budget(1), leaseMs: 90_000 } as unknown as DeliveryDeps
  await connectionLoop(deps, results, options).next()
  expect(order.slice(-2)).toEqual(['given back', 'woken'])
})

test('a message that is noticed while a connection waits for its turn wakes the worker if the connection must end before it', async () => {
  // No timer begins further rounds.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const held = gate()
  const slot = { mailServerId: '79', mailbox: '', kind: 'connection', slot: 0, closedUntil: null }
  let isClosed = false
  let wakes = 0
  const leases = {
    renewLeases: async () => (isClosed ? [slot] : []),
    wake: async () => void wakes++,
  }
  const messagesOf = () => held.opened.then(() => 0)
  const { claims, waits, stop } = deliver({ queues: 100, messagesOf, leaseMs: 45, leases })
  await until(() => waits.length > 1)
  expect(claims).toHaveLength(25)
  expect(claims.map((claim) => claim.queue)).not.toContain('79')
  expect(wakes).toBe(0)
  isClosed = true
  await until(() => wakes > 0)
  expect(claims).toHaveLength(25)
  held.open()
  await stop(0)
})

test('R-03 a worker takes over nothing while it cannot extend its own leases, which may have run out too', async () => {
  const held = gate()
  let isAway = true
  let reaps = 0
  const leases = {
    async renewLeases() {
      if (isAway) throw new Error('the database is away')
      return []
    },
    async reap() {
      reaps++
      return NONE_FREED
    },
  }
  const messagesOf = () => held.opened.then(() => 0)
  const { claims, waits, stop } = deliver({ queues: 1, messagesOf, leaseMs: 45, leases })
  await until(() => claims.length === 1)
  const [reapsBefore, waitsBefore] = [reaps, waits.length]
  await until(() => waits.length > waitsBefore + 5)
  expect(reaps).toBe(reapsBefore)
  isAway = false
  await until(() => reaps > reapsBefore)
  held.open()
  await stop(0)
})
