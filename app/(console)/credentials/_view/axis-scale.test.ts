import { expect, test } from 'vitest'
import { axisScale, marksIn } from './axis-scale'

const day = (text: string): Date => new Date(`${text}T00:00:00Z`)
const now = day('2026-11-24')

test('today is inside the picture, however far away the other moments are', () => {
  for (const moments of [
    [],
    [day('1990-01-01')],
    [day('2100-01-01')],
    [day('2026-11-24')],
    [day('2026-01-24'), day('2027-03-09')],
  ]) {
    const scale = axisScale(moments, now)
    expect(scale.xOf(now)).toBeGreaterThan(2)
    expect(scale.xOf(now)).toBeLessThan(42)
  }
})

test('marks are few, in order, the first days of months', () => {
  for (const end of ['2026-12-20', '2027-05-01', '2028-11-01']) {
    const { ticks } = axisScale([day('2026-06-01'), day(end)], now)
    expect(ticks.length).toBeGreaterThan(0)
    expect(ticks.length).toBeLessThanOrEqual(5)
    expect(ticks.every((tick) => tick.toISOString().endsWith('-01T00:00:00.000Z'))).toBe(true)
    expect([...ticks].sort((a, b) => a.getTime() - b.getTime())).toEqual(ticks)
  }
})

test('a mark that lies before its bar begins is not drawn', () => {
  const scale = axisScale([day('2026-11-24'), day('2026-12-20')], now)
  const marks = [day('2026-10-21'), day('2026-11-24'), day('2026-12-13'), day('2031-01-01')]
  expect(marksIn({ from: now, marks }, scale)).toEqual([day('2026-12-13')])
})
