import { expect, test } from 'vitest'
import { inTurns } from './turns'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('W-14 tasks begin in separate turns of the event loop, and keys take turns', async () => {
  const begun: string[] = []
  const begin = inTurns<string>((task) => begun.push(task))
  for (const task of ['a1', 'a2', 'a3']) begin('', 'a', task)
  begin('', 'b', 'b1')
  const states: string[] = []
  for (let turns = 0; turns < 4; turns++) {
    states.push(begun.join(' '))
    await turn()
  }
  expect(states).toEqual(['a1', 'a1 a2', 'a1 a2 b1', 'a1 a2 b1 a3'])
  begin('', 'a', 'a4')
  expect(begun.at(-1)).toBe('a4')
})

test('W-14 a task that fails holds back no other', async () => {
  const begun: string[] = []
  const begin = inTurns<string>((task) => {
    begun.push(task)
    if (task === 'a1') throw new Error('failed')
  })
  expect(() => begin('', 'a', 'a1')).toThrow('failed')
  begin('', 'a', 'a2')
  await turn()
  expect(begun).toEqual(['a1', 'a2'])
})

test('W-14 what is more urgent comes before a task, but does not hold it back for ever', async () => {
  const begun: string[] = []
  let urgent = 3
  const begin = inTurns<string>(
    (task) => begun.push(task),
    () => urgent-- > 0,
  )
  const after = async (turns: number): Promise<string> => {
    for (let each = 0; each < turns; each++) await turn()
    return begun.join(' ')
  }
  for (const task of ['a1', 'a2']) begin('', 'a', task)
  expect(await after(2)).toBe('')
  expect(await after(1)).toBe('a1')
  urgent = Number.POSITIVE_INFINITY
  expect(await after(100)).toBe('a1')
  expect(await after(1)).toBe('a1 a2')
})

test('W-14 groups take turns, and no task begins while there is no place', async () => {
  const begun: string[] = []
  let places = 1
  const begin = inTurns<string>(
    (task) => {
      places--
      begun.push(task)
    },
    () => false,
    () => places > 0,
  )
  for (const task of ['a1', 'b1', 'c1']) begin('strangers', task, task)
  begin('signed-in', 'd', 'd1')
  await turn()
  expect(begun).toEqual(['a1'])
  places = 2
  await expect.poll(() => begun).toEqual(['a1', 'b1', 'd1'])
})

test('W-14 a group without a place does not delay the others', async () => {
  const begun: string[] = []
  const begin = inTurns<string>(
    (task) => begun.push(task),
    () => false,
    (group) => group !== 'strangers',
  )
  begin('strangers', 'a', 'a1')
  for (const task of ['b1', 'b2']) begin('signed-in', 'b', task)
  await expect.poll(() => begun).toEqual(['b1', 'b2'])
})

test('W-14 a check of the places that fails once holds back no task for longer', async () => {
  const begun: string[] = []
  let fails = true
  const begin = inTurns<string>(
    (task) => begun.push(task),
    () => false,
    () => {
      if (!fails) return true
      fails = false
      throw new Error('failed')
    },
  )
  expect(() => begin('', 'a', 'a1')).toThrow('failed')
  begin('', 'a', 'a2')
  await expect.poll(() => begun).toEqual(['a1', 'a2'])
})
