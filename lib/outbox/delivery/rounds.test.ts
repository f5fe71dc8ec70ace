import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { Place } from './places'
import { Rounds } from './rounds'

afterEach(() => void vi.useRealTimers())

const patient = () => new AbortController().signal
/** Every timer comes late. */
const busy = () => {
  let nowMs = 0
  return new Rounds({ monotonicMs: () => (nowMs += 1_000) })
}

/** Rounds that begin, and end when the test ends them. */
function begun(rounds: Rounds) {
  const all: { name: string; round: Place }[] = []
  const begin = async (name: string, isFirst: boolean, signal = patient()) => {
    const round = await rounds.begin(signal, isFirst)
    if (round) all.push({ name, round })
    return round
  }
  return { all, begin, names: () => all.map(({ name }) => name) }
}

test('in a busy process no queue has a second round before each has had its first, and none waits longer for the next than a turn', async () => {
  const QUEUES = 100
  const rounds = busy()
  let firsts = 0
  let begunRounds = 0
  const early: number[] = []
  const waits: number[] = []
  await Promise.all(
    Array.from({ length: QUEUES }, async (_, queue) => {
      for (let round = 0; round < 5; round++) {
        const before = begunRounds
        const place = await rounds.begin(patient(), round === 0)
        waits.push(begunRounds++ - before)
        if (round === 0) firsts++
        else if (firsts < QUEUES) early.push(queue)
        // Those that were opened early are quick, so they would be far ahead.
        for (let nth = 0; nth <= queue / 5; nth++) await setImmediate()
        place?.leave()
      }
    }),
  )
  expect(early).toEqual([])
  expect(Math.max(...waits)).toBeLessThanOrEqual(QUEUES)
})

test('a queue that becomes due has its first round before the further ones that wait longer', async () => {
  const { all, begin, names } = begun(busy())
  for (let nth = 0; nth < 25; nth++) await begin('running', false)
  const waiting = [begin('further', false), begin('another', false), begin('first', true)]
  for (const { round } of all.slice(0, 3)) round.leave()
  await Promise.all(waiting)
  expect(names().slice(25)).toEqual(['first', 'further', 'another'])
})

test('a process that waits for slow mail servers begins more rounds, forty a second', async () => {
  vi.useFakeTimers()
  const { begin, names } = begun(new Rounds({ monotonicMs: () => Date.now() }))
  for (let nth = 0; nth < 100; nth++) void begin('slow', false)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(names()).toHaveLength(25 + 40)
})

test('however busy a process is, each 25 servers that do not answer delay the rest by one second', async () => {
  vi.useFakeTimers()
  const { begin, names } = begun(busy())
  for (let nth = 0; nth < 75; nth++) void begin('silent', true)
  void begin('further', false)
  await vi.advanceTimersByTimeAsync(2_999)
  expect(names()).not.toContain('further')
  await vi.advanceTimersByTimeAsync(1)
  expect(names()).toContain('further')
})

test('a round holds its place while it sends, however long it takes', async () => {
  vi.useFakeTimers()
  const { all, begin, names } = begun(busy())
  for (let nth = 0; nth < 25; nth++) void begin('slow', true)
  void begin('other', true)
  for (let nth = 0; nth < 10; nth++) {
    await vi.advanceTimersByTimeAsync(900)
    for (const { round } of all) round.hold()
  }
  expect(names()).not.toContain('other')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(names()).toContain('other')
})

test('a connection that must end leaves the line, and a worker with fifty first rounds to begin is full', async () => {
  const rounds = busy()
  const { begin, names } = begun(rounds)
  const closing = Array.from({ length: 25 + 50 }, () => new AbortController())
  const ended = closing.map(({ signal }, nth) => begin(`${nth}`, true, signal))
  expect(rounds.isFull).toBe(true)
  for (const each of closing) each.abort()
  expect((await Promise.all(ended)).filter((round) => round === null)).toHaveLength(50)
  expect([rounds.isFull, names().length]).toEqual([false, 25])
})
