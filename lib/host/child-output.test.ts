import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLog } from '../config/logger'
import { passOutput } from './child-output'

/** The log entries for the output of a child, each parsed as JSON. */
async function passed(...chunks: string[]): Promise<Record<string, unknown>[]> {
  const from = new PassThrough()
  const to = new PassThrough()
  const log = createLog({ level: 'info', process: 'host', write: (line) => to.write(line) })
  passOutput('console', from, to, log)
  for (const chunk of chunks) from.write(chunk)
  from.end()
  await once(from, 'close')
  to.end()
  const text = (await to.setEncoding('utf8').toArray()).join('')
  return text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

const OURS = '{"level":"info","process":"console","event":"ready"}'
const STACK = "⨯ Error: it broke\n    at ignore-listed frames {\n  digest: '4198454179'\n}\n"

test('U-03 a JSON line passes as it is, in pieces too', async () => {
  expect(await passed(OURS.slice(0, 9), `${OURS.slice(9)}\n`)).toEqual([JSON.parse(OURS)])
})

test('U-03 plain text of many lines becomes one JSON line, in its place', async () => {
  const lines = await passed('▲ Next.js 16\n- Local: http://127.0.0.1:3000\n\n', `${OURS}\n`)
  expect(lines).toMatchObject([
    { process: 'host', member: 'console', event: 'process wrote', reason: ['▲ Next.js 16', expect.any(String)] },
    { event: 'ready' },
  ])
})

test('U-03 the framework’s copy of an error that we logged ourselves is left out, others are kept', async () => {
  expect(await passed(STACK, `${OURS}\n`)).toEqual([JSON.parse(OURS)])
  expect(await passed(`${STACK}⨯ unhandledRejection: Error: lost\n    at x (y.js:1:1)\n`)).toMatchObject([
    { level: 'warn', reason: ['⨯ unhandledRejection: Error: lost', expect.any(String)] },
  ])
})

test('U-03 what only looks like JSON, and the last words without a line’s end, are wrapped', async () => {
  expect(await passed("{ digest: 'x' }\n", 'Killed')).toMatchObject([{ reason: ["{ digest: 'x' }", 'Killed'] }])
})

test('S-14 a secret in a library’s own words is taken out', async () => {
  const lines = await passed('could not reach postgresql://postroom:hunter2hunter2@localhost/x\n')
  expect(JSON.stringify(lines)).not.toContain('hunter2')
})

test('of output that nothing reads, a mebibyte waits', async () => {
  const from = new PassThrough()
  const to = new Writable({ write: () => {} })
  passOutput('console', from, to, createLog({ level: 'info', process: 'host', write: () => {} }))
  from.end(`${JSON.stringify({ event: 'x'.repeat(1000) })}\n`.repeat(2_000))
  await once(from, 'close')
  expect(to.writableLength / 1024 ** 2).toBeCloseTo(1, 2)
})
