import { onTestFinished } from 'vitest'

/** What is thrown and caught by none until the end of the test. The console logs it. */
export function uncaught(): unknown[] {
  const thrown: unknown[] = []
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => thrown.push(error))
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException')
    for (const listener of before) process.on('uncaughtException', listener)
  })
  return thrown
}
