import { setImmediate as immediate } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { Recorded, ResultToRecord } from '../store/record-results'
import { ResultWriter } from './result-writer'

afterEach(() => void vi.useRealTimers())

const recorded: Recorded = { isRecorded: true, hasBegunNext: false, rules: 0 }
const aResult = { result: { nextQueue: null, otherQueues: null }, next: null } as unknown as ResultToRecord

test('a connection whose server does not answer delays one commit of the others, and none after it', async () => {
  vi.useFakeTimers()
  const commits: number[] = []
  const writer = new ResultWriter({
    async recordResults(results) {
      commits.push(results.length)
      return results.map(() => recorded)
    },
    wake: async () => {},
  })
  writer.expect('blocked')
  const first = writer.record('quick', aResult)
  await vi.advanceTimersByTimeAsync(0)
  expect(commits).toEqual([])
  await vi.advanceTimersByTimeAsync(5)
  await first
  expect(commits).toEqual([1])
  writer.expect('quick')
  await writer.record('quick', aResult)
  expect(commits).toEqual([1, 1])
  writer.expect('quick')
  writer.expect('other')
  await Promise.all([writer.record('quick', aResult), writer.record('other', aResult)])
  expect(commits).toEqual([1, 1, 2])
})

test('all results of quick servers leave for the database before a connection continues, and a slow one delays no other connection', async () => {
  const events: string[] = []
  const writer = new ResultWriter({
    async recordResults(results) {
      events.push(`${results.length} results`)
      return results.map(() => recorded)
    },
    wake: async () => {},
  })
  const proceed = (holder: string) => writer.left().then(() => events.push(holder))
  const inTurn = async (holders: string[]) => {
    for (const holder of holders) writer.expect(holder)
    const going: Promise<unknown>[] = []
    for (const holder of holders) {
      void writer.record(holder, aResult)
      going.push(proceed(holder))
      await immediate()
    }
    await Promise.all(going)
  }
  await inTurn(['one', 'other'])
  await expect.poll(() => events).toHaveLength(3)
  await inTurn(['one', 'other'])
  expect(events.slice(3)).toEqual(['2 results', 'one', 'other'])
  writer.expect('slow')
  await writer.record('one', aResult)
  const since = events.length
  writer.expect('slow')
  void writer.record('one', aResult)
  await proceed('one')
  expect(events.slice(since)).toEqual(['one'])
})
