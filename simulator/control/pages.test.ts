import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { SmtpClient, send, temporarySimulator } from '../test-client'
import { assertLoopback } from '../web/listening'
import { EVERYDAY } from './everyday'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const HOSTILE = '<img src=x onerror=alert(1)>"\'&'

async function arrive(content: string): Promise<void> {
  const client = SmtpClient.open(simulator.ready.smtpServer.plainPort)
  await client.reply()
  await client.say('EHLO client.example')
  await send(client, 'any@contoso.example', 'someone@litware.example', content)
  client.close()
}

test('a hostile message is inert on both pages, and its markup stays in a sandbox', async () => {
  const type = 'Content-Type: text/html; charset=utf-8'
  await arrive(
    `From: ${HOSTILE}\r\nSubject: ${HOSTILE}\r\nX-${HOSTILE}: x\r\n${type}\r\n\r\n<script>alert(1)</script>\r\n`,
  )
  const { mailboxUrl } = simulator.ready
  const [message] = simulator.mailbox.all()
  for (const url of [mailboxUrl, `${mailboxUrl}/${message?.id}`]) {
    const page = await fetch(url)
    const text = await page.text()
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(text).not.toMatch(/<img|<script>alert/)
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'nonce-/)
  }
  expect(await (await fetch(`${mailboxUrl}/${message?.id}`)).text()).toContain('<iframe sandbox=""')
  const part = await fetch(`${mailboxUrl}/${message?.id}/html`)
  expect(part.headers.get('content-security-policy')).toMatch(/^sandbox; default-src 'none'/)
})

test('the mailbox is JSON too: newest first, by recipient, parts decoded', async () => {
  const mime = 'Content-Type: multipart/alternative; boundary="b"'
  const parts =
    '--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe=\r\n!\r\n' +
    '--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+SGk8L2I+\r\n--b--\r\n'
  await arrive('Subject: first\r\n\r\nx\r\n')
  await arrive(`Subject: =?utf-8?Q?Gr=C3=BC?= =?utf-8?B?w59l?=\r\n${mime}\r\n\r\n${parts}`)
  const url = `${simulator.ready.mailboxUrl}.json`
  const all = (await (await fetch(url)).json()) as unknown[]
  expect(all).toMatchObject([
    { subject: 'Grüße', text: 'Grüße!', html: '<b>Hi</b>', login: null },
    { subject: 'first' },
  ])
  expect(await (await fetch(`${url}?to=SOMEONE@litware.example`)).json()).toHaveLength(2)
  expect(await (await fetch(`${url}?to=other@litware.example`)).json()).toEqual([])
})

test('every fault can be switched on and off on the page, without JavaScript', async () => {
  const { controlUrl } = simulator.ready
  const form = (fields: Record<string, string>) =>
    fetch(`${controlUrl}/faults`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  const page = await (await fetch(controlUrl)).text()
  const fields = [
    ...page.matchAll(
      /name="name" value="(\w+)">(?:<input name="value"[^>]* value="([^"]*)">)?(?:<select[^>]*><option[^>]*>([^<]+))?/g,
    ),
  ]
  expect(fields.length).toBeGreaterThan(40)
  for (const [, name = '', typed, chosen] of fields) {
    const value = (typed ?? chosen ?? '').replaceAll('&quot;', '"')
    expect((await form({ name, value, turn: 'on' })).status).toBe(303)
    expect(simulator.faults.all(), name).toHaveProperty(name)
    await form({ name, turn: 'off' })
  }
  expect(simulator.faults.all()).toEqual({})
})

test('every common fault is a switch that says whether it is on, and all of them can be turned off at once', async () => {
  const { controlUrl } = simulator.ready
  const press = (fields: Record<string, string>) =>
    fetch(`${controlUrl}/everyday`, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  const switchedOn = async () => {
    const page = await (await fetch(controlUrl)).text()
    const [, answer = ''] = /<p class="line">([^<]*)/.exec(page) ?? []
    return { answer, ids: [...page.matchAll(/aria-checked="true" aria-labelledby="([^"]+)"/g)].map(([, id]) => id) }
  }
  for (const { id } of EVERYDAY) {
    expect((await press({ fault: id, turn: 'on' })).status).toBe(303)
    expect(await switchedOn()).toEqual({ answer: 'One fault is on.', ids: [id] })
    await press({ fault: id, turn: 'off' })
    expect(await switchedOn(), id).toEqual({ answer: 'Everything works.', ids: [] })
  }
  // Faults of one kind replace each other; rejections at different stages of the conversation add up.
  const together = ['secret-expired', 'permission-missing', 'sender-not-allowed', 'recipient-unknown', 'certificate']
  for (const fault of together) await press({ fault, turn: 'on', choice: 'expired' })
  expect(await switchedOn()).toEqual({ answer: 'Five faults are on.', ids: together })
  expect(simulator.faults.value('smtpCertificate')).toBe('expired')
  await press({ turn: 'all-off' })
  expect(await switchedOn()).toEqual({ answer: 'Everything works.', ids: [] })
})

test('the control API refuses what it does not know, and sets all faults or none', async () => {
  const { controlUrl } = simulator.ready
  const post = (page: string, body: unknown) =>
    fetch(`${controlUrl}${page}`, { method: 'POST', body: JSON.stringify(body) })
  const refused = await post('/faults', { entraSilent: true, entraError: 'x' })
  expect([refused.status, await refused.json()]).toEqual([400, { error: 'entraError: is a number (AADSTS number)' }])
  expect(simulator.faults.all()).toEqual({})
  expect((await post('/faults', { nonsense: true })).status).toBe(400)
  expect((await post('/world/nonsense', {})).status).toBe(404)
  const added = (await (await post('/world/add-secret', { displayName: 'Next' })).json()) as {
    result: { value: string }
  }
  expect(added.result.value).toHaveLength(40)
  expect(await (await fetch(`${controlUrl}/state`)).text()).toContain('Next')
  await post('/reset', {})
  expect(await (await fetch(`${controlUrl}/state`)).text()).not.toContain('Next')
})

test('what a button has made, such as a secret, is shown once on the page, each fact by its name', async () => {
  const { controlUrl } = simulator.ready
  const page = async () => (await fetch(controlUrl)).text()
  await fetch(`${controlUrl}/world/add-secret`, { method: 'POST', body: new URLSearchParams(), redirect: 'manual' })
  const first = await page()
  const facts = [...first.matchAll(/<dt>([^<]+)<\/dt><dd><code>([^<]+)<\/code>/g)].slice(0, 4)
  expect(facts.map(([, name]) => name)).toEqual(['Secret ID', 'Value', 'Begins with', 'Expires'])
  const value = facts[1]?.[2] ?? ''
  expect(value).toHaveLength(40)
  expect(facts[3]?.[2]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/)
  expect(await (await fetch(`${controlUrl}/state`)).text()).toContain(value)
  expect(await page()).not.toContain(value)
})

test('a page of another origin, or under another name, is turned away', async () => {
  const { controlUrl } = simulator.ready
  const headers = { origin: 'https://evil.example' }
  expect((await fetch(`${controlUrl}/reset`, { method: 'POST', headers })).status).toBe(403)
  const status = await new Promise((resolve) => {
    request(controlUrl, { headers: { host: 'evil.example' } }, (response) => resolve(response.statusCode)).end()
  })
  expect(status).toBe(403)
})

test('it listens on loopback only, and writes the CA that clients must trust', () => {
  expect(() => assertLoopback('0.0.0.0')).toThrow(/loopback|127\.0\.0\.1/)
  expect(() => assertLoopback('::')).toThrow()
  expect(existsSync(simulator.ready.caFile)).toBe(true)
  expect(readFileSync(simulator.ready.caFile, 'utf8')).toBe(simulator.caPem)
})

test('the control page has a button that lets the first mailbox send as another one, unfolded at the address of that one', async () => {
  const controlPage = async () => (await fetch(simulator.ready.controlUrl)).text()
  const card = (page: string) =>
    /<div class="inner" id="scanner@contoso.example">[\s\S]*?<\/details>/.exec(page)?.[0] ?? ''
  const [form = ''] = /<form[^>]*grant-send-as[\s\S]*?<\/form>/.exec(card(await controlPage())) ?? []
  const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])
  const url = new URL('/control/world/grant-send-as', simulator.ready.controlUrl)
  const body = new URLSearchParams(fields)
  await fetch(url, { method: 'POST', body, headers: { origin: url.origin }, redirect: 'manual' })
  expect(card(await controlPage())).toContain('noreply@contoso.example may send as it')
})
