import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { DatabaseDiskFull, DatabaseUnavailable } from './database-unavailable'
import { onceThereIsSpace, readinessFault } from './start'

test('a start that ends refers to the log only if a process or the database has ended', async () => {
  const never = new Promise<never>(() => {})
  expect(await readinessFault(Promise.resolve(true), never)).toBeNull()
  expect(await readinessFault(never, Promise.resolve())).toBe('the console did not become ready; its log says why')
  const late = await readinessFault(Promise.resolve(false), never)
  expect(late).toMatch(/^the console was not ready within 60 seconds\. If its log gives no reason, the machine may be /)
})

test('R-10 the embedded database is started again once its disk has space, and not if it cannot start or Postroom stops', async () => {
  let attempts = 0
  const stop = new AbortController()
  const failing = (times: number, fault: Error) => async () => {
    attempts += 1
    if (attempts <= times) throw fault
    return 'started'
  }
  const full = new DatabaseDiskFull('full')
  expect(await onceThereIsSpace(failing(3, full), stop.signal, 0)).toBe('started')
  expect(attempts).toBe(4)

  attempts = 0
  const broken = new DatabaseUnavailable('broken')
  await expect(onceThereIsSpace(failing(9, broken), stop.signal, 0)).rejects.toBe(broken)
  expect(attempts).toBe(1)
  const paused = onceThereIsSpace(failing(9, full), stop.signal, 60_000)
  await setImmediate()
  stop.abort()
  await expect(paused).rejects.toBe(full)
  await expect(onceThereIsSpace(failing(9, full), stop.signal, 0)).rejects.toBe(full)
  expect(attempts).toBe(3)
})
