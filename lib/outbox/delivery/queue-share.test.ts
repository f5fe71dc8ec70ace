import { expect, test } from 'vitest'
import { QueueShare } from './queue-share'

let nowMs = 0
const clock = { monotonicMs: () => nowMs }
const keys = (count: number) => Array.from({ length: count }, (_, nth) => String(nth))

/** Workers that look one after another at queues that are all full, and reach a turn of each connection between two looks. */
class Workers {
  /** How often a worker ended the connection of a queue. */
  ended = 0
  /** Workers that count and serve nothing. */
  idle = 0
  readonly #queues: readonly string[]
  readonly #workers: { share: QueueShare; serves: Set<string> }[] = []

  constructor(queues: number) {
    this.#queues = keys(queues)
  }

  add(): void {
    this.#workers.push({ share: new QueueShare(clock), serves: new Set() })
  }

  removeFirst(): void {
    this.#workers.shift()
  }

  async look(times: number): Promise<void> {
    for (let nth = 0; nth < times; nth++) {
      nowMs += 1_000
      for (const { share, serves } of this.#workers) {
        const due = this.#queues.map((key) => ({ key, isOwn: serves.has(key), isServed: this.#isServed(key) }))
        const rest = this.#workers.filter((each) => each.serves !== serves)
        const serving = 1 + rest.filter((each) => each.serves.size > 0).length
        await share.update(due, async () => ({ present: this.#workers.length + this.idle, serving }))
        for (const key of this.#queues) if (!this.#isServed(key) && share.takes(key)) serves.add(key)
        for (const key of serves)
          if (share.gives(0)) {
            serves.delete(key)
            this.ended++
          }
      }
    }
  }

  counts(): number[] {
    return this.#workers.map(({ serves }) => serves.size)
  }

  #isServed(key: string): boolean {
    return this.#workers.some(({ serves }) => serves.has(key))
  }
}

test('many full queues are served by one worker each, and a worker that joins or ends has its share moved within seconds', async () => {
  const workers = new Workers(1_000)
  workers.add()
  await workers.look(1)
  expect(workers.counts()).toEqual([1_000])
  for (const present of [2, 3, 4]) {
    workers.add()
    await workers.look(4)
    expect(sum(workers.counts())).toBe(1_000)
    expect(Math.max(...workers.counts())).toBeLessThanOrEqual(Math.ceil(1_100 / present))
  }
  workers.removeFirst()
  await workers.look(4)
  expect(sum(workers.counts())).toBe(1_000)
  expect(Math.max(...workers.counts())).toBeLessThanOrEqual(Math.ceil(1_100 / 3))
})

test('a worker that counts and serves nothing costs the rest few connections, and no queue is left for long', async () => {
  const workers = new Workers(1_000)
  workers.add()
  workers.idle = 1
  await workers.look(64)
  // Ten are offered twice a minute, and taken back.
  expect(workers.ended).toBeLessThanOrEqual(30)
  expect(workers.counts()[0]).toBeGreaterThanOrEqual(990)
})

test('a queue that another worker should serve and does not is served after two seconds', async () => {
  const share = new QueueShare(clock)
  const due = keys(200).map((key, nth) => ({ key, isOwn: nth < 120, isServed: nth < 199 }))
  await share.update(due, async () => ({ present: 2, serving: 2 }))
  expect(share.takes('199')).toBe(false)
  nowMs += 1_999
  expect(share.takes('199')).toBe(false)
  nowMs += 1
  expect(share.takes('199')).toBe(true)
  // The other one is stopping, so what this one has too much is not ended to it.
  await share.update(due, async () => ({ present: 2, serving: 2 }))
  expect(share.gives(0)).toBe(false)
})

test('the two seconds begin again once a queue was served, and a worker that only serves has its share too', async () => {
  const share = new QueueShare(clock)
  const look = (served: number, own = 120) =>
    share.update(
      keys(200).map((key, nth) => ({ key, isOwn: nth < own, isServed: nth < served })),
      async () => ({ present: 1, serving: 2 }),
    )
  await look(199)
  expect(share.takes('199')).toBe(false)
  nowMs += 1_000
  await look(200)
  await look(199)
  nowMs += 1_000
  expect(share.takes('199')).toBe(false)
  await look(0, 0)
  expect(keys(200).filter((key) => share.takes(key))).toHaveLength(111)
})

test('only where queues are many do connections after the first of a queue end, and none of few queues is left', async () => {
  const share = new QueueShare(clock)
  const look = (count: number) =>
    share.update(
      keys(count).map((key) => ({ key, isOwn: true, isServed: true })),
      async () => ({ present: 1, serving: 1 }),
    )
  await look(99)
  expect([share.isMany, share.gives(0), share.gives(2), share.takes('new')]).toEqual([false, false, false, true])
  await look(100)
  expect([share.isMany, share.gives(0), share.gives(2)]).toEqual([true, false, true])
  // Fewer for a moment does not open the connections again.
  await look(50)
  expect(share.isMany).toBe(true)
  await look(49)
  expect(share.isMany).toBe(false)
})

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
