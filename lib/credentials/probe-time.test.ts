import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY_MS, MINUTE_MS } from '../kernel'
import { isProbeDue } from './probe-time'

const START = Date.parse('2027-03-01T00:00:00Z')

/** The worker looks every five minutes, but for downtimes; Entra always answers. */
function probeTimes(id: string, days: number, isDown: (day: number) => boolean): number[] {
  const times: number[] = []
  let acceptedAt: Date | null = null
  for (let ms = 0; ms < days * DAY_MS; ms += 5 * MINUTE_MS) {
    if (isDown(Math.floor(ms / DAY_MS))) continue
    const now = new Date(START + ms)
    if (!isProbeDue({ id, slot: 'current', acceptedAt, refusedAt: null }, acceptedAt, now)) continue
    acceptedAt = now
    times.push(ms)
  }
  return times
}

test('R-15 each credential is probed once a day, at its own minute; after a downtime once and not for each missed day', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 3, max: 8 }), (id, downFrom) => {
      const times = probeTimes(id, 12, (day) => day >= downFrom && day < downFrom + 2)
      // The first check finds a credential that was never probed; from then on its minute of the day counts.
      const [, ...daily] = times
      const gaps = daily.map((ms, at) => ms - (daily[at - 1] ?? ms)).filter((gap) => gap > 0)
      const long = gaps.filter((gap) => gap > DAY_MS)
      expect(long.length).toBeLessThanOrEqual(1)
      expect(daily.length).toBeGreaterThanOrEqual(9)
      expect(daily.length).toBeLessThanOrEqual(12)
    }),
    { numRuns: 20 },
  )
})

test('credentials are not all probed at the same time', () => {
  const hours = Array.from({ length: 60 }, (_, n) => {
    const [, second = 0] = probeTimes(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, 3, () => false)
    return Math.floor((second % DAY_MS) / (60 * MINUTE_MS))
  })
  expect(new Set(hours).size).toBeGreaterThan(12)
})

test('a missing answer is followed by a probe after a quarter of an hour, an answer from the future by one at once', () => {
  const id = 'a'
  const now = new Date(START)
  const before = (minutes: number) => new Date(START - minutes * MINUTE_MS)
  const unheard = { id, slot: 'current', acceptedAt: null, refusedAt: null } as const
  expect(isProbeDue(unheard, before(14), now)).toBe(false)
  expect(isProbeDue(unheard, before(16), now)).toBe(true)
  expect(isProbeDue({ ...unheard, acceptedAt: before(-1_000_000) }, before(-1_000_000), now)).toBe(true)
})
