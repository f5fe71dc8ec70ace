import { expect, test } from 'vitest'
import { crashedWorkers } from './crashed-workers'

/** A database that sees these workers absent, at a time that the test sets. */
function world(own = 1) {
  const at = { ms: 0, absent: [] as number[], freed: [] as number[], looks: 0 }
  const store = {
    async absentWorkers() {
      at.looks++
      return at.absent
    },
    freeConnections: async (workers: readonly number[]) => at.freed.push(...workers),
  }
  const free = crashedWorkers({ store, clock: { monotonicMs: () => at.ms }, worker: own })
  return {
    at,
    async look(ms: number, ...absent: number[]) {
      Object.assign(at, { ms, absent })
      return free()
    },
  }
}

test('a worker that stays absent has crashed, and its connections are freed', async () => {
  const { at, look } = world()
  expect(await look(0)).toBeNull()
  for (let ms = 1_000; ms < 4_000; ms += 500) expect(await look(ms, 7)).toBe(500)
  expect(at.freed).toEqual([])
  expect(await look(4_000, 7)).toBe(0)
  expect(at.freed).toEqual([7])
})

test('however often it is called, the database is read five times a second at most', async () => {
  const { at, look } = world()
  for (let ms = 0; ms < 1_000; ms += 10) await look(ms, 7)
  expect(at.looks).toBe(5)
})

test('a worker that only reconnects to the database keeps its connections, and so does the worker that looks', async () => {
  const { at, look } = world(1)
  for (let ms = 0; ms < 2_500; ms += 500) await look(ms, 1, 7)
  await look(2_500, 1)
  for (let ms = 3_000; ms < 5_500; ms += 500) await look(ms, 1, 7)
  // No worker looked for a while, so it may have been present in between.
  await look(60_000, 1, 7)
  expect(at.freed).toEqual([])
})
