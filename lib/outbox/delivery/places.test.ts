import { afterEach, expect, test, vi } from 'vitest'
import { startDeadline } from '../../kernel/deadline'
import { Openings } from './places'

afterEach(() => void vi.useRealTimers())

/** Openings that end on request. */
function openings() {
  const ends: (() => void)[] = []
  const all = new Openings()
  const open = (stop = new AbortController().signal, toDotMs = 60_000) => {
    const deadline = startDeadline({ toDotMs, afterDotMs: 60_000 }, stop)
    const opened = all.inTurn(deadline, () => new Promise<void>((end) => ends.push(end)))
    return { opened: opened.finally(deadline.clear), signal: deadline.signal }
  }
  return { ends, open }
}

test('a process opens at most 25 connections at a time, and each that ends lets the next one begin', async () => {
  const { ends, open } = openings()
  const all = Promise.all(Array.from({ length: 60 }, () => open().opened))
  let ended = 0
  for (const began of [25, 50, 60]) {
    await new Promise(setImmediate)
    expect(ends).toHaveLength(began)
    while (ended < began) ends[ended++]?.()
  }
  expect(await all).toHaveLength(60)
})

test('servers that do not answer hold others up by no more than a second', async () => {
  const { ends, open } = openings()
  const silent = Array.from({ length: 25 }, () => open().opened)
  const beganMs = performance.now()
  const other = open().opened
  await expect.poll(() => ends.length, { timeout: 5_000 }).toBe(26)
  expect(performance.now() - beganMs).toBeGreaterThan(900)
  for (const end of ends) end()
  await Promise.all([...silent, other])
  // Those that were held up no longer do not count twice when they end.
  const later = Array.from({ length: 60 }, () => open().opened)
  await new Promise(setImmediate)
  expect(ends).toHaveLength(26 + 25)
  for (let at = 26; at < 26 + 60; at++) {
    ends[at]?.()
    await new Promise(setImmediate)
  }
  await Promise.all(later)
})

test('the wait for its turn is not part of the time of an attempt, and a stop ends it', async () => {
  vi.useFakeTimers()
  const { ends, open } = openings()
  for (let at = 0; at < 25; at++) open()
  const stopped = new AbortController()
  const patient = open(undefined, 100)
  const ended = open(stopped.signal, 100)
  await vi.advanceTimersByTimeAsync(999)
  expect(ends).toHaveLength(25)
  expect(ended.signal.aborted).toBe(false)
  stopped.abort()
  expect(ended.signal.aborted).toBe(true)
  await vi.advanceTimersByTimeAsync(1)
  expect(ends).toHaveLength(27)
  await vi.advanceTimersByTimeAsync(99)
  expect(patient.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(patient.signal.aborted).toBe(true)
})

test('an attempt that ends while it waits for its turn leaves the turn to the next one', async () => {
  const { ends, open } = openings()
  const running = Array.from({ length: 25 }, () => open().opened)
  const stopped = new AbortController()
  const early = open(stopped.signal).opened
  const next = open().opened
  const late = open(AbortSignal.abort()).opened
  await new Promise(setImmediate)
  expect(ends).toHaveLength(26)
  ends[25]?.()
  await late
  stopped.abort()
  await new Promise(setImmediate)
  // It begins although no place is free, because opening itself says what the end of the signal means.
  expect(ends).toHaveLength(27)
  ends[26]?.()
  await early
  ends[0]?.()
  await new Promise(setImmediate)
  expect(ends).toHaveLength(28)
  for (const end of ends) end()
  await Promise.all([...running, next])
})
