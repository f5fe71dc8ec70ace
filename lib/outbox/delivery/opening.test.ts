import { expect, test } from 'vitest'
import { fail } from '../../kernel/result'
import type { MailTransport } from '../../smtp/contracts'
import { openingInTurn } from './opening'

const SERVER = { host: 'mail.contoso.example', port: 25, security: 'none', login: { kind: 'none' } } as const
const REFUSED = { kind: 'net', code: 'connection-refused', host: SERVER.host, port: 25, evidence: '' } as const

/** A transport whose connections end on request. */
function transport() {
  const ends: (() => void)[] = []
  const connect: MailTransport['connect'] = async () => {
    await new Promise<void>((end) => ends.push(end))
    return fail({ stage: 'connect', fault: REFUSED })
  }
  const { connect: inTurn } = openingInTurn({ connect })
  const open = (signal = new AbortController().signal) => inTurn(SERVER, { signal, onStep() {} })
  return { ends, open }
}

test('a process opens at most 25 connections at a time, and each that ends lets the next one begin', async () => {
  const { ends, open } = transport()
  const all = Promise.all(Array.from({ length: 60 }, () => open()))
  let ended = 0
  for (const began of [25, 50, 60]) {
    await new Promise(setImmediate)
    expect(ends).toHaveLength(began)
    while (ended < began) ends[ended++]?.()
  }
  expect(await all).toHaveLength(60)
})

test('servers that do not answer hold others up by no more than a second', async () => {
  const { ends, open } = transport()
  const silent = Array.from({ length: 25 }, () => open())
  const beganMs = performance.now()
  const other = open()
  await expect.poll(() => ends.length, { timeout: 5_000 }).toBe(26)
  expect(performance.now() - beganMs).toBeGreaterThan(900)
  for (const end of ends) end()
  await Promise.all([...silent, other])
})

test('an attempt that ends while it waits for its turn leaves the turn to the next one', async () => {
  const { ends, open } = transport()
  const running = Array.from({ length: 25 }, () => open())
  const stopped = new AbortController()
  const early = open(stopped.signal)
  const next = open()
  stopped.abort()
  await new Promise(setImmediate)
  // It begins although no place is free, because the transport itself says what the end of the signal means.
  expect(ends).toHaveLength(26)
  ends[25]?.()
  await early
  ends[0]?.()
  await new Promise(setImmediate)
  expect(ends).toHaveLength(27)
  for (const end of ends) end()
  await Promise.all([...running, next])
})
