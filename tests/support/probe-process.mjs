// Asks an address again and again until its standard input ends, and then prints how many milliseconds each answer took. A separate process,
// because a test that sends much at the same time would measure itself.
import { get } from 'node:http'

const [, , url] = process.argv
const PAUSE_MS = 20
let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()

const status = () =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      answer.on('end', () => resolve(answer.statusCode)).resume()
    }).on('error', reject)
  })

process.stdout.write('ready\n')
const took = []
while (!isOver) {
  const began = performance.now()
  if ((await status()) !== 200) throw new Error(`${url} is not well`)
  took.push(performance.now() - began)
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}
process.stdout.write(`${JSON.stringify(took)}\n`)
