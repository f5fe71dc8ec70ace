// What the check of a post costs before anybody is signed in: processor time for bodies of 256 KiB that are made to be costly, against
// what the platform's own parser takes for a body of that size that one of our pages could send, in the same run and in turn.

import { postRefusal } from '../lib/access/form-post'
import { FORM_BYTES_MAX } from '../lib/access/request-refusal'
import { COSTLY_POSTS, type CostlyPost } from '../tests/support/costly-posts'
import { median } from './median'
import { round } from './weigh'

const RUNS = 21
const WARM_UP = 3
const BAR_MS = 50
const ORIGIN = 'https://postroom.contoso.example'

const longest: CostlyPost = {
  name: 'a form of ours at its limit',
  scripted: true,
  type: 'application/x-www-form-urlencoded',
  body: `1_host=${'x'.repeat(FORM_BYTES_MAX - 64)}&0=["$undefined","$K1"]`,
}

const requestOf = ({ type, body, scripted }: CostlyPost): Request =>
  new Request(`${ORIGIN}/sign-in`, {
    method: 'POST',
    headers: { origin: ORIGIN, 'content-type': type, ...(scripted && { 'next-action': '60ab' }) },
    body,
  })

async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

for (const post of [longest, ...COSTLY_POSTS]) {
  const guard: number[] = []
  const parser: number[] = []
  let answer: string | null = null
  for (let run = 0; run < WARM_UP + RUNS; run++) {
    const [ours, platform] = [requestOf(post), requestOf(longest)]
    const [guardMs, parserMs] = [
      await processorMs(async () => {
        answer = await postRefusal(ours, ORIGIN)
      }),
      await processorMs(() => platform.formData()),
    ]
    if (run < WARM_UP) continue
    guard.push(guardMs)
    parser.push(parserMs)
  }
  const figures = {
    kib: round(Buffer.byteLength(post.body) / 1024),
    processorMs: round(median(guard), 2),
    worstMs: round(Math.max(...guard), 2),
    barMs: BAR_MS,
    parserMs: round(median(parser), 2),
    ratio: round(median(guard) / median(parser), 2),
  }
  console.log(JSON.stringify({ what: `the check of a post: ${post.name}`, answer: answer ?? 'passes', ...figures }))
}
