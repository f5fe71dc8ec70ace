// Asks an address again and again until its standard input ends, and then prints how many milliseconds each answer took, and for how many of
// them the asked process or this one was ready to work and others had the processors. A separate process, because a test that sends much at
// the same time would measure itself.
import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'

const [, , url, pid] = process.argv
const PAUSE_MS = 20
let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()

/** What both have waited for a processor so far (schedstat in proc(5), in nanoseconds); 0 where the kernel does not count it. */
const waitedSoFar = () =>
  [pid, process.pid]
    .map((each) => `/proc/${each}/task/${each}/schedstat`)
    .map((file) => (existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6 : 0))
    .reduce((one, other) => one + other)

const status = () =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      answer.on('end', () => resolve(answer.statusCode)).resume()
    }).on('error', reject)
  })

process.stdout.write('ready\n')
const delays = []
while (!isOver) {
  const [began, waited] = [performance.now(), waitedSoFar()]
  if ((await status()) !== 200) throw new Error(`${url} is not well`)
  delays.push({ ms: performance.now() - began, waitedMs: waitedSoFar() - waited })
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
process.stdout.write(`${JSON.stringify(delays)}\n`)
