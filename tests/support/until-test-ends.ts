import { onTestFinished } from 'vitest'

/** Opens what closes when the test ends, the last one first. */
export async function untilTestEnds<T extends { close(): unknown }>(opening: T | Promise<T>): Promise<T> {
  const opened = await opening
  onTestFinished(async () => {
    await opened.close()
  })
  return opened
}
