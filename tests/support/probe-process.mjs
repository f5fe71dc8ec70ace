// Asks an address again and again until its standard input ends, and then prints how many milliseconds each answer took, without the time
// in which the asked process or this one was ready to work and other programs had the processors. A separate process, because a test that
// sends much at the same time would measure itself.
import { readFileSync } from 'node:fs'
import { get } from 'node:http'

const [, , url, pid] = process.argv
const PAUSE_MS = 20
let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()

/** What both have waited for a processor so far (schedstat in proc(5), in nanoseconds). */
const waitedMs = () =>
  [pid, process.pid]
    .map((each) => Number(readFileSync(`/proc/${each}/task/${each}/schedstat`, 'utf8').split(' ')[1]) / 1e6)
    .reduce((one, other) => one + other)

const status = () =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      answer.on('end', () => resolve(answer.statusCode)).resume()
    }).on('error', reject)
  })

process.stdout.write('ready\n')
const took = []
while (!isOver) {
  const began = performance.now() - waitedMs()
  if ((await status()) !== 200) throw new Error(`${url} is not well`)
  took.push(performance.now() - waitedMs() - began)
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
process.stdout.write(`${JSON.stringify(took)}\n`)
