import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ok } from '../../kernel'
import { createBodyReader } from './body'

test('R-03 a large body whose client has left while it waited for another one is not used', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bodies-'))
  const bodies = createBodyReader(folder)
  const left = new AbortController()
  const large = (signal?: AbortSignal) =>
    new Request('http://localhost', { method: 'POST', body: new Uint8Array(5 * 1024 ** 2), ...(signal && { signal }) })
  const used: number[] = []
  let end = (): void => {}
  const first = bodies.with(large(), 'a', async () => {
    used.push(1)
    await new Promise<void>((resolve) => {
      end = resolve
    })
    return ok(1)
  })
  await expect.poll(() => used).toEqual([1])
  const after = [large(left.signal), large()].map((request, at) =>
    bodies.with(request, 'a', async () => {
      used.push(2 + at)
      return ok(1)
    }),
  )
  left.abort()
  end()
  expect(await Promise.all([first, ...after])).toMatchObject([
    { ok: true },
    { error: { code: 'too-long' } },
    { ok: true },
  ])
  expect(used).toEqual([1, 3])
  rmSync(folder, { recursive: true })
})
