import { expect, test } from 'vitest'
import { bind } from './index'

test('a bound operation gets the dependencies, the caller’s arguments and keeps its type', async () => {
  const add = async ({ base }: { base: number }, a: number, b: number) => base + a + b
  const bound: { add(a: number, b: number): Promise<number> } = bind({ base: 1, unused: true }, { add })
  expect(await bound.add(2, 3)).toBe(6)
})
