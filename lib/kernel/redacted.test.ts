import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import pino from 'pino'
import { expect, test } from 'vitest'
import { Redacted } from './redacted'

const TEXT = 'canary-7c1f-secret'
const secret = new Redacted(TEXT)
const nested = {
  list: [secret],
  map: new Map([['key', secret]]),
  cause: new Error(`with ${secret}`, { cause: secret }),
}

function logged(value: object): string {
  let lines = ''
  const sink = new Writable({
    write(chunk, _, done) {
      lines += chunk
      done()
    },
  })
  pino(sink).error(value, 'failed')
  return lines
}

test.each([
  ['a template string', () => `${secret}`],
  ['joined texts', () => `text ${[secret, secret].join(' ')}`],
  ['String()', () => String(secret)],
  ['JSON', () => JSON.stringify(nested)],
  ['util.inspect', () => inspect(nested, { depth: 9, showHidden: true, getters: true })],
  ['util.inspect without custom printing', () => inspect(nested, { depth: 9, showHidden: true, customInspect: false })],
  ['util.format', () => format('%s %o %O %j', secret, secret, secret, secret)],
  ['the message and stack of an error', () => `${nested.cause.message} ${nested.cause.stack}`],
  ['an error thrown with it', () => inspect(Object.assign(new Error('failed'), { secret }), { showHidden: true })],
  ['its own properties', () => JSON.stringify([Reflect.ownKeys(secret), Object.entries(secret), { ...secret }])],
  ['a structured clone', () => inspect(structuredClone(secret), { showHidden: true })],
  ['a log line', () => logged({ secret, error: nested.cause, nested })],
])('S-13 %s does not hold the text of a secret', (_, print) => {
  expect(print()).not.toContain(TEXT)
  expect(secret.reveal()).toBe(TEXT)
})
