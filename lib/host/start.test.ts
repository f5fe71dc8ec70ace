import { expect, test } from 'vitest'
import { readinessFault } from './start'

test('a start that ends refers to the log only if a process or the database has ended', async () => {
  const never = new Promise<never>(() => {})
  expect(await readinessFault(Promise.resolve(true), never)).toBeNull()
  expect(await readinessFault(never, Promise.resolve())).toBe('the console did not become ready; its log says why')
  const late = await readinessFault(Promise.resolve(false), never)
  expect(late).toMatch(/^the console was not ready within 60 seconds\. If its log gives no reason, the machine may be /)
})
