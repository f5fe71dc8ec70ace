import { expect, test } from 'vitest'
import { inOrder } from './rows'

test('mail servers begin with the default one, and the others are in the order of their names', () => {
  const named = (name: string, isDefault = false) => ({ name, isDefault })
  const servers = [named('Zweigstelle'), named('Büro 10'), named('Überlingen'), named('büro 2'), named('Post', true)]
  expect(inOrder(servers).map(({ name }) => name)).toEqual(['Post', 'büro 2', 'Büro 10', 'Überlingen', 'Zweigstelle'])
})
