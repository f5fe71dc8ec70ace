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
