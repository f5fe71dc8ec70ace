import { globalAgent, request } from 'node:https'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { login, secureClient, send, temporarySimulator, tokenFor, tokenRequest, xoauth2 } from '../test-client'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const SENDER = 'noreply@contoso.example'
const OUTSIDE = 'someone@litware.example'
const fault = (wanted: Record<string, unknown>) => expect(simulator.faults.set(wanted)).toBeNull()
async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = performance.now()
  return [await work(), performance.now() - began]
}

test('entraSilent accepts the request and never answers, while other requests are served', async () => {
  fault({ entraSilent: true })
  const silent = tokenRequest(simulator).then(() => 'answered')
  const state = fetch(`${simulator.ready.controlUrl}/state`).then(() => 'silent')
  expect(await Promise.race([silent, state])).toBe('silent')
})

test('entraDrip starts an answer and never ends it', async () => {
  fault({ entraDrip: 5 })
  const { entraOrigin, tenantId } = simulator.ready
  const options = { method: 'POST', ca: simulator.caPem }
  const text = await new Promise<string>((resolve, fail) => {
    const sent = request(`${entraOrigin}/${tenantId}/oauth2/v2.0/token`, options, (response) => {
      let got = ''
      response.on('data', (chunk) => {
        got += String(chunk)
        if (!got.endsWith('.....')) return
        response.destroy()
        resolve(got)
      })
    })
    sent.on('error', fail)
    sent.end()
  })
  expect(text).toMatch(/^\{"token_type":"Bearer","note":"\.{5,}$/)
})

test('entraDelay sends the right answer late', async () => {
  fault({ entraDelay: 120 })
  const [answer, ms] = await timed(() => tokenRequest(simulator))
  expect(answer.status).toBe(200)
  expect(ms).toBeGreaterThan(110)
})

test('entraUnavailable is a 503 with Retry-After', async () => {
  fault({ entraUnavailable: 5 })
  const { status, headers, text } = await tokenRequest(simulator)
  expect([status, headers['retry-after'], JSON.parse(text).error_codes]).toEqual([503, '5', [90033]])
})

test('entraExpiresIn is in the answer, whatever the token says', async () => {
  for (const value of ['soon', -1, 1e308]) {
    fault({ entraExpiresIn: value })
    expect(JSON.parse((await tokenRequest(simulator)).text).expires_in).toBe(value)
  }
})

test('entraTls11 offers only a protocol version that current clients refuse', async () => {
  fault({ entraTls11: true })
  globalAgent.destroy() // open connections keep their TLS version
  await expect(tokenRequest(simulator)).rejects.toThrow(/protocol version/i)
})

test('tokenPadding makes a token longer, and Exchange still accepts it', async () => {
  const short = (await tokenFor(simulator)).length
  fault({ tokenPadding: 9000 })
  const token = await tokenFor(simulator)
  expect(token.length - short).toBeGreaterThan(9000)
  const { client, reply } = await login(simulator, SENDER, token)
  expect(reply).toMatch(/^235 /)
  client.close()
})

test('smtpStrictLines refuses a command line beyond 512 octets, but accepts a longer response after a 334', async () => {
  fault({ smtpStrictLines: true })
  const client = await secureClient(simulator)
  const response = xoauth2(SENDER, await tokenFor(simulator))
  expect(await client.say(`AUTH XOAUTH2 ${response}`)).toMatch(/^500 5\.5\.2 Line too long/)
  expect(await client.say('AUTH XOAUTH2')).toBe('334')
  expect(await client.say(response)).toMatch(/^235 2\.7\.0 /)
})

test('smtpNoXoauth2 neither offers nor accepts XOAUTH2', async () => {
  fault({ smtpNoXoauth2: true })
  const client = await secureClient(simulator)
  const offered = await client.say('EHLO client.example')
  expect(offered).toMatch(/AUTH LOGIN$/m)
  expect(await client.say(`AUTH XOAUTH2 ${xoauth2(SENDER, await tokenFor(simulator))}`)).toMatch(/^504 5\.7\.4 /)
  client.close()
})

test('smtpNoUtf8 neither offers nor accepts SMTPUTF8', async () => {
  const { client } = await login(simulator)
  expect(await client.say(`MAIL FROM:<${SENDER}> SMTPUTF8`)).toMatch(/^250 /)
  fault({ smtpNoUtf8: true })
  expect(await client.say('EHLO client.example')).not.toContain('SMTPUTF8')
  const again = (await login(simulator)).client
  expect(await again.say(`MAIL FROM:<${SENDER}> SMTPUTF8`)).toMatch(/^501 5\.5\.4 /)
  for (const one of [client, again]) one.close()
})

test('smtpSize is announced, and a larger message is refused with or without a declared size', async () => {
  fault({ smtpSize: 2000 })
  const { client } = await login(simulator)
  expect(await client.say('NOOP')).toMatch(/^250 /)
  expect(await client.say(`MAIL FROM:<${SENDER}> SIZE=2001`)).toMatch(/^552 5\.3\.4 /)
  const large = `From: <${SENDER}>\r\n\r\n${'x'.repeat(70)}\r\n`.padEnd(2100, 'y\r\n')
  expect((await send(client, SENDER, OUTSIDE, `${large}\r\n`)).at(-1)).toMatch(/^552 5\.3\.4 /)
  expect((await send(client, SENDER, OUTSIDE)).at(-1)).toMatch(/^250 /)
  client.close()
  const greeted = await secureClient(simulator)
  expect(await greeted.say('EHLO client.example')).toMatch(/^250[- ]SIZE 2000$/m)
  greeted.close()
})

test('smtpDelay sends every reply late', async () => {
  const { client } = await login(simulator)
  fault({ smtpDelay: 100 })
  const [reply, ms] = await timed(() => client.say('NOOP'))
  expect(reply).toMatch(/^250 /)
  expect(ms).toBeGreaterThan(90)
  client.close()
})
