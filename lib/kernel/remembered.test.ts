import { expect, test } from 'vitest'
import { remembered } from '.'

test('a result is computed once for each argument, until there are too many', () => {
  const computed: string[] = []
  const lengthOf = remembered((text: string) => {
    computed.push(text)
    return text.length
  }, 2)
  expect(['one', '', 'one', ''].map(lengthOf)).toEqual([3, 0, 3, 0])
  expect(computed).toEqual(['one', ''])
  expect(['three', 'three', 'one'].map(lengthOf)).toEqual([5, 5, 3])
  expect(computed).toEqual(['one', '', 'three', 'one'])
})
