import { expect, test } from 'vitest'
import { hashedSessions, tokenHash } from './hashed-sessions'

test('tokens are hashed in lists of conditions and of values too, and only those that were asked for come back', async () => {
  const queries: unknown[] = []
  const { findMany } = hashedSessions({
    findMany: async (query) => {
      queries.push(query)
      return [{ token: tokenHash('one') }, { token: tokenHash('other') }]
    },
  })
  const rows = await findMany?.({ where: { AND: [{ token: { in: ['one'] } }, { token: ['one'] }, { userId: 'id' }] } })
  const hash = tokenHash('one')
  expect(queries).toEqual([{ where: { AND: [{ token: { in: [hash] } }, { token: [hash] }, { userId: 'id' }] } }])
  expect(rows).toEqual([{ token: 'one' }, { token: tokenHash('other') }])
})
