import { vi } from 'vitest'

const MADE = 4_000

/**
 * For tests only: what a maker of ids or secrets makes many times, while the clock and `Math.random`, which can be predicted, do not move.
 */
export function madeUnpredictably<T>(make: () => T): T[] {
  vi.useFakeTimers()
  const predictable = vi.spyOn(Math, 'random').mockReturnValue(0.5)
  try {
    return Array.from({ length: MADE }, make)
  } finally {
    predictable.mockRestore()
    vi.useRealTimers()
  }
}

/** How many bits change from one value to the next about every second time, as if a coin was tossed. A counter has none. */
export function randomBitsOf(values: readonly Buffer[]): number {
  const numbers = values.map((value) => BigInt(`0x${value.toString('hex')}`))
  const changes = numbers.slice(1).map((number, at) => number ^ (numbers[at] ?? 0n))
  const lengths = values.map(({ length }) => 8 * length)
  return Array.from({ length: Math.max(...lengths) }, (_, bit) => {
    const share = changes.filter((change) => (change >> BigInt(bit)) & 1n).length / changes.length
    return share > 0.4 && share < 0.6
  }).filter(Boolean).length
}
