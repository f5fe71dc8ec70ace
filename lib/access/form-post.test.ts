import { expect, test } from 'vitest'
import { COSTLY_POSTS } from '../../tests/support/costly-posts'
import { postRefusal } from './form-post'
import { FORM_BYTES_MAX } from './request-refusal'

const OWN = 'https://postroom.contoso.example'

/** The least of a few runs: what the check itself takes, whatever else this machine does. */
async function processorMs(check: () => Promise<unknown>): Promise<number> {
  const runs: number[] = []
  for (let run = 0; run < 5; run++) {
    const before = process.cpuUsage()
    await check()
    const { user, system } = process.cpuUsage(before)
    runs.push((user + system) / 1000)
  }
  return Math.min(...runs)
}

test.each(COSTLY_POSTS)(
  'W-14 W-03 a post with $name is refused within 50 ms of processor time',
  async ({ type, body, scripted }) => {
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(FORM_BYTES_MAX)
    const check = () => {
      const headers = { origin: OWN, 'content-type': type, ...(scripted && { 'next-action': '60ab' }) }
      return postRefusal(new Request(`${OWN}/sign-in`, { method: 'POST', headers, body }), OWN)
    }
    expect(await check()).toBe('malformed')
    expect(await processorMs(check)).toBeLessThan(50)
  },
)
