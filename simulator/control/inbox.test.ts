import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { ask, control, temporarySimulator } from '../test-client'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const post = (json: unknown, url = simulator.ready.webhookUrl) => ask(simulator, url, { json })

test('what is posted is kept as it came, newest first, and shown without harm', async () => {
  const { inboxUrl, teamsWebhookUrl } = simulator.ready
  const card = { type: 'AdaptiveCard', version: '1.4', body: [] }
  const message = {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: card }],
  }
  const empty = await (await fetch(inboxUrl)).text()
  for (const address of [simulator.ready.webhookUrl, teamsWebhookUrl])
    expect(empty).toContain(address.replaceAll('&', '&amp;'))
  expect((await post({ subject: '<script>alert(1)</script>' })).status).toBe(200)
  expect(await post(message, teamsWebhookUrl)).toMatchObject({ status: 202, text: '' })
  expect(await (await fetch(`${inboxUrl}.json`)).json()).toMatchObject([
    { kind: 'teams', card, status: 202, body: JSON.stringify(message) },
    {
      kind: 'webhook',
      card: null,
      json: { subject: '<script>alert(1)</script>' },
      headers: { 'content-type': 'application/json' },
    },
  ])
  const page = await (await fetch(inboxUrl)).text()
  expect(page).toContain('&lt;script&gt;alert(1)')
  expect(page).not.toContain('<script>alert')
  await control(simulator, 'reset')
  expect(await (await fetch(`${inboxUrl}.json`)).json()).toEqual([])
})

test('a workflow’s address without its signature, and other addresses, take nothing', async () => {
  expect((await post({}, simulator.ready.teamsWebhookUrl.replace(/&sig=.*/, ''))).status).toBe(401)
  expect((await post({}, `${simulator.ready.webhookUrl}/other`)).status).toBe(404)
  expect(simulator.inbox.all()).toEqual([])
})

test('faults of the inbox take effect, and what was refused is kept too', async () => {
  const answer = async (fault: Record<string, unknown>) => {
    simulator.faults.clear()
    expect(simulator.faults.set(fault)).toBeNull()
    return post({})
  }
  expect((await answer({ webhookStatus: 500 })).status).toBe(500)
  expect(simulator.received.all().at(-1)).toMatchObject({ service: 'webhook', status: 500 })
  const throttled = await answer({ webhookThrottled: 17 })
  expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '17'])
  const moved = await answer({ webhookRedirect: 'elsewhere' })
  expect([moved.status, moved.headers.location]).toEqual([
    307,
    expect.stringMatching(/^https:\/\/localhost:\d+\/hooks$/),
  ])
  const began = performance.now()
  await answer({ webhookDelay: 120 })
  expect(performance.now() - began).toBeGreaterThan(110)
  expect(simulator.inbox.all().map(({ status }) => status)).toEqual([200, 307, 429, 500])
  simulator.faults.set({ webhookSilent: true })
  const silent = post({}).then(() => 'answered')
  expect(await Promise.race([silent, control(simulator, 'faults').then(() => 'silent')])).toBe('silent')
})

test('the clock can be set, advanced and given back, and tokens go by it', async () => {
  const set = await control(simulator, 'clock', { set: '2030-03-31T00:59:00Z' })
  expect(String(set.now)).toMatch(/^2030-03-31T00:59:0/)
  const advanced = await control(simulator, 'clock', { advanceSeconds: 120 })
  expect(String(advanced.now)).toMatch(/^2030-03-31T01:01:0/)
  const page = await ask(simulator, `${simulator.ready.entraOrigin}/common/discovery/instance`)
  expect(page.headers.date).toMatch(/31 Mar 2030 01:01/)
  await expect(control(simulator, 'clock', { set: 'soon' })).rejects.toThrow(/set/)
  expect(await control(simulator, 'clock', { real: true })).toMatchObject({ offsetSeconds: 0 })
})
