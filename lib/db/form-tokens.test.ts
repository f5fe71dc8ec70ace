import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimFormToken } from './form-tokens'
import { freshDatabase, type TestDatabase } from './test-db'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const token = (id: string, bodyHash = 'body') => ({ id, purpose: 'mail-server.test', bodyHash })

test('R-13 twenty equal posts at once: one does the thing, the others get its answer', async () => {
  let done = 0
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const claim = await claimFormToken(database.db, token('twenty'), 5_000)
      if (claim.kind !== 'first') return claim.kind === 'repeated' ? claim.answer : claim.kind
      done += 1
      await claim.finish({ testId: 'one' })
      return { testId: 'one' }
    }),
  )
  expect(done).toBe(1)
  expect(answers).toEqual(Array.from({ length: 20 }, () => ({ testId: 'one' })))
})

test('R-13 the same token with another content is refused', async () => {
  const first = await claimFormToken(database.db, token('other'), 0)
  if (first.kind === 'first') await first.finish('done')
  expect(await claimFormToken(database.db, token('other', 'another body'), 0)).toEqual({ kind: 'other-content' })
})

test('R-13 while the first still runs nobody starts a second; abandoned, it may be tried again', async () => {
  const first = await claimFormToken(database.db, token('slow'), 0)
  expect(await claimFormToken(database.db, token('slow'), 200)).toEqual({ kind: 'running' })
  if (first.kind === 'first') await first.abandon()
  expect((await claimFormToken(database.db, token('slow'), 0)).kind).toBe('first')
})
