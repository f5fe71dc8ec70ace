import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Simulator } from '../simulator'
import { login, SmtpClient, secureClient, send, temporarySimulator, tokenFor, xoauth2 } from '../test-client'

let simulator: Simulator
beforeAll(async () => {
  simulator = await temporarySimulator()
})
beforeEach(() => simulator.reset())
afterAll(() => simulator.close())

const TAIL = String.raw`\[FR0P281CA\d{4}\.DEUP281\.PROD\.OUTLOOK\.COM \d{4}-\d\d-\d\dT[\d:.]+Z [0-9A-F]{16}\]`
const SENDER = 'noreply@contoso.example'
const OUTSIDE = 'someone@litware.example'
const change = (name: string, parameters: Record<string, unknown> = {}) =>
  fetch(`${simulator.ready.controlUrl}/world/${name}`, { method: 'POST', body: JSON.stringify(parameters) })

test('the conversation is that of Exchange: STARTTLS first, then AUTH, and the message id in the last reply', async () => {
  const client = SmtpClient.open(simulator.ready.smtpPort)
  expect(await client.reply()).toMatch(/^220 \S+\.outlook\.office365\.com Microsoft ESMTP MAIL Service ready at /)
  const before = await client.say('EHLO client.example')
  expect(before.split('\n').map((line) => line.slice(4).split(' ')[0])).toEqual(
    expect.arrayContaining(['SIZE', 'PIPELINING', 'DSN', 'STARTTLS', '8BITMIME', 'CHUNKING', 'SMTPUTF8']),
  )
  expect(before).not.toContain('AUTH')
  expect(await client.say('AUTH XOAUTH2 eA==')).toMatch(new RegExp(`^504 5\\.7\\.4 .* ${TAIL}$`))
  expect(await client.say(`MAIL FROM:<${SENDER}>`)).toMatch(/^451 5\.7\.3 STARTTLS is required/)
  expect(await client.say('STARTTLS')).toBe('220 2.0.0 SMTP server ready')
  expect(await client.secure(simulator.caPem)).toBe('TLSv1.3')
  const after = await client.say('EHLO client.example')
  expect(after).toContain('AUTH LOGIN XOAUTH2')
  expect(after).not.toContain('STARTTLS')
  expect(await client.say(`MAIL FROM:<${SENDER}>`)).toMatch(/^530 5\.7\.57 /)
  expect(await client.say('AUTH XOAUTH2')).toBe('334')
  expect(await client.say(xoauth2(SENDER, await tokenFor(simulator)))).toBe('235 2.7.0 Authentication successful')
  const replies = await send(client, SENDER, OUTSIDE)
  expect(replies.at(-1)).toMatch(/^250 2\.0\.0 OK <\S+\.prod\.outlook\.com> \[Hostname=\S+\]$/i)
  expect(await client.say('QUIT')).toMatch(/^221 2\.0\.0 /)
  expect(simulator.mailbox.all(OUTSIDE)).toMatchObject([
    { subject: 'Hello', envelope: { from: SENDER }, text: 'Hello.\r\n' },
  ])
})

test.each([
  ['unregister-service-principal', {}, /^535 5\.7\.3 Authentication unsuccessful \[/],
  ['wrong-object-id', {}, /^535 5\.7\.3 /],
  ['remove-consent', {}, /^535 5\.7\.3 /],
  ['smtp-auth-mailbox', { disabled: true }, /^535 5\.7\.139 .*disabled for the Mailbox/],
  ['smtp-auth-mailbox', { disabled: null }, /^535 5\.7\.139 .*disabled for the Tenant/],
  ['security-defaults', {}, /^535 5\.7\.139 .*security defaults/],
])('%s %j refuses the login', async (name, parameters, expected) => {
  await change(name, parameters)
  const { client, reply } = await login(simulator)
  expect(reply).toMatch(expected)
  client.close()
})

test.each([
  ['another audience', { tokenAudience: 'https://graph.microsoft.com' }],
  ['another tenant', { tokenTenant: 'f4b21c0d-2e6a-4b7f-9c83-d5e0a1f7b642' }],
  ['another role', { tokenRoles: ['IMAP.AccessAsApp'] }],
  ['a scope', { tokenScope: 'SMTP.Send' }],
  ['a later start', { tokenNotBefore: 900 }],
  ['an end long ago', { tokenExpires: -60 }],
])('a token with %s is refused', async (_, fault) => {
  expect(simulator.faults.set(fault)).toBeNull()
  const { client, reply } = await login(simulator)
  expect(reply).toMatch(/^535 5\.7\.3 /)
  client.close()
})

test('a forged token is refused, and an opaque one is accepted', async () => {
  const [head, body = '', signature] = (await tokenFor(simulator)).split('.')
  const real = JSON.parse(Buffer.from(body, 'base64url').toString())
  const claims = Buffer.from(JSON.stringify({ ...real, exp: real.exp + 3600 })).toString('base64url')
  expect((await login(simulator, SENDER, `${head}.${claims}.${signature}`)).reply).toMatch(/^535 5\.7\.3 /)
  simulator.faults.set({ tokenOpaque: true })
  expect((await login(simulator)).reply).toMatch(/^235 /)
})

test.each([
  ['remove-mailbox-permission', {}, SENDER, OUTSIDE, /^430 4\.2\.0 STOREDRV; .*MapiExceptionLogonFailed/],
  ['mailbox-full', {}, SENDER, OUTSIDE, /^554 5\.2\.2 mailbox full/],
  ['block-sender', {}, SENDER, OUTSIDE, /^550 5\.1\.8 /],
  [
    'limits',
    {},
    'info@contoso.example',
    OUTSIDE,
    /^554 5\.2\.252 SendAsDenied; noreply@\S+ not allowed to send as info@/,
  ],
  ['limits', {}, SENDER, 'nobody@contoso.example', /^550 5\.1\.10 /],
  ['grant-send-as', { mailbox: 'info@contoso.example' }, 'info@contoso.example', OUTSIDE, /^250 2\.0\.0 OK/],
  [
    'grant-send-as',
    { mailbox: 'info@contoso.example', trustee: 'it-support@contoso.example' },
    'info@contoso.example',
    OUTSIDE,
    /^554 5\.2\.252 SendAsDenied/,
  ],
  ['limits', { maxMessageBytes: 10 }, SENDER, OUTSIDE, /^552 5\.3\.4 /],
])('%s %j, from %s to %s', async (name, parameters, from, to, expected) => {
  await change(name, parameters)
  const { client } = await login(simulator)
  expect((await send(client, from, to)).at(-1)).toMatch(expected)
  client.close()
})

test('a login as another mailbox needs SMTP AUTH and permission there, and Send As is not enough', async () => {
  const other = 'info@contoso.example'
  expect((await login(simulator, other)).reply).toMatch(/^535 5\.7\.139 .*Tenant/)
  await change('smtp-auth-mailbox', { mailbox: other, disabled: false })
  const without = await login(simulator, other)
  expect((await send(without.client, other, OUTSIDE)).at(-1)).toMatch(/^430 4\.2\.0 STOREDRV/)
  await change('grant-mailbox-permission', { mailbox: other })
  expect((await send(without.client, other, OUTSIDE)).at(-1)).toMatch(/^250 2\.0\.0 OK/)
  without.client.close()
  expect((await login(simulator, 'nobody@contoso.example')).reply).toMatch(/^535 5\.7\.3 /)
})

test('a sender is refused again after Send As was removed', async () => {
  await change('grant-send-as', { mailbox: 'info@contoso.example' })
  const { client } = await login(simulator)
  expect((await send(client, 'info@contoso.example', OUTSIDE)).at(-1)).toMatch(/^250 /)
  await change('remove-send-as', { mailbox: 'info@contoso.example' })
  expect((await send(client, 'info@contoso.example', OUTSIDE)).at(-1)).toMatch(/^554 5\.2\.252 SendAsDenied/)
  client.close()
})

test('a fourth concurrent submission gets 432, and a later one is accepted', async () => {
  const token = await tokenFor(simulator)
  const clients = await Promise.all([1, 2, 3, 4].map(async () => (await login(simulator, SENDER, token)).client))
  for (const client of clients) await client.say(`MAIL FROM:<${SENDER}>`)
  for (const client of clients) await client.say(`RCPT TO:<${OUTSIDE}>`)
  for (const client of clients) await client.say('DATA')
  const last = clients[3]
  expect(await last?.say(`From: <${SENDER}>\r\n\r\nx\r\n.`)).toMatch(/^432 4\.3\.2 Concurrent connections limit/)
  expect(await clients[0]?.say(`From: <${SENDER}>\r\n\r\nx\r\n.`)).toMatch(/^250 /)
  expect(last && (await send(last, SENDER, OUTSIDE)).at(-1)).toMatch(/^250 /)
  for (const client of clients) client.close()
})

test('messages beyond the rate limit of a mailbox are refused if the limits say so', async () => {
  await change('limits', { messagesPerMinute: 2, excess: 'refuse' })
  const { client } = await login(simulator)
  const last = async () => (await send(client, SENDER, OUTSIDE)).at(-1)?.slice(0, 3)
  expect([await last(), await last(), await last()]).toEqual(['250', '250', '451'])
  client.close()
})

test('a password is refused, except for a mailbox that has one', async () => {
  const attempt = async (password: string) => {
    const client = await secureClient(simulator)
    expect(await client.say('AUTH LOGIN')).toBe('334 VXNlcm5hbWU6')
    expect(await client.say(Buffer.from(SENDER).toString('base64'))).toBe('334 UGFzc3dvcmQ6')
    return client.say(Buffer.from(password).toString('base64'))
  }
  expect(await attempt('x')).toMatch(/^535 5\.7\.139 .*basic authentication is disabled/)
  await change('mailbox-password', { password: 'right' })
  expect(await attempt('wrong')).toMatch(/^535 5\.7\.139 .*credentials were incorrect/)
  expect(await attempt('right')).toMatch(/^235 /)
})

test('leading dots are unescaped, a bare line feed ends no message, and BDAT counts bytes', async () => {
  const { client } = await login(simulator)
  const head = `From: <${SENDER}>\r\nSubject: Dots\r\n\r\n`
  expect((await send(client, SENDER, OUTSIDE, `${head}..one\r\na\n.\nb\r\n`)).at(-1)).toMatch(/^250 /)
  expect(simulator.mailbox.all()[0]?.text).toBe('.one\r\na\n.\nb\r\n')
  await client.say(`MAIL FROM:<${SENDER}> BODY=BINARYMIME`)
  await client.say(`RCPT TO:<${OUTSIDE}>`)
  const text = `${head}.raw`
  expect(await client.say(`BDAT ${text.length + 2} LAST\r\n${text}`)).toMatch(/^250 2\.0\.0 OK/)
  expect(simulator.mailbox.all()[0]?.text).toBe('.raw\r\n')
  client.close()
})

test('faults of the conversation replace and count replies, drop, echo and challenge', async () => {
  const { faults } = simulator
  faults.set({
    smtpReply: { stage: 'auth', reply: '535-5.7.139 Authentication\n535 5.7.139 unsuccessful {tail}', times: 1 },
  })
  expect((await login(simulator)).reply).toMatch(new RegExp(`^535-5\\.7\\.139 Authentication\n535 .* ${TAIL}$`))
  expect((await login(simulator)).reply).toMatch(/^235 /)
  faults.set({ smtpEchoAuth: true })
  const token = await tokenFor(simulator)
  expect((await login(simulator, SENDER, token)).reply).toContain(xoauth2(SENDER, token))
  faults.set({ smtpEchoAuth: null, smtpChallenge: true })
  const { client, reply } = await login(simulator)
  expect(JSON.parse(Buffer.from(reply.slice(4), 'base64').toString())).toMatchObject({ status: '401' })
  expect(await client.say('')).toMatch(/^535 5\.7\.3 /)
  faults.clear()
  faults.set({ smtpDrop: 'accepted' })
  const dropped = (await login(simulator)).client
  expect((await send(dropped, SENDER, OUTSIDE)).at(-1)).toBe('')
  expect(simulator.mailbox.all()).toHaveLength(1)
})

test.each([
  ['a closed door', { smtpReply: { stage: 'greeting', reply: '554 5.7.1 No service' } }, /^554 5\.7\.1 No service$/],
  ['a busy one', { smtpReply: { stage: 'greeting', reply: '421 4.3.2 Service not active' } }, /^421 /],
  ['a drop', { smtpDrop: 'greeting' }, /^$/],
])('greeting: %s', async (_, fault, expected) => {
  expect(simulator.faults.set(fault)).toBeNull()
  const client = SmtpClient.open(simulator.ready.smtpPort)
  expect(await client.reply()).toMatch(expected)
  client.close()
})

test('TLS faults: wrong certificates, old versions, no STARTTLS, clear text after the STARTTLS reply', async () => {
  const { faults } = simulator
  const secured = async () => {
    const client = SmtpClient.open(simulator.ready.smtpPort)
    await client.reply()
    await client.say('EHLO client.example')
    expect(await client.say('STARTTLS')).toMatch(/^220 /)
    return client.secure(simulator.caPem)
  }
  faults.set({ smtpCertificate: 'wrong-name' })
  await expect(secured()).rejects.toThrow(/altname/)
  faults.set({ smtpCertificate: 'self-signed' })
  await expect(secured()).rejects.toThrow(/self-signed/)
  faults.set({ smtpCertificate: null, smtpTls11: true })
  await expect(secured()).rejects.toThrow(/protocol version/i)
  faults.clear()
  faults.set({ smtpNoStartTls: true })
  const plain = SmtpClient.open(simulator.ready.smtpPort)
  await plain.reply()
  expect(await plain.say('EHLO client.example')).not.toContain('STARTTLS')
  faults.clear()
  faults.set({ smtpInjection: '250 INJECTED' })
  const injected = SmtpClient.open(simulator.ready.smtpPort)
  await injected.reply()
  await injected.say('EHLO client.example')
  expect(await injected.say('STARTTLS')).toMatch(/^220 /)
  expect(await injected.reply()).toBe('250 INJECTED')
})

test('input that a client sends in clear text after STARTTLS is discarded', async () => {
  const client = SmtpClient.open(simulator.ready.smtpPort)
  await client.reply()
  await client.say('EHLO client.example')
  client.write('STARTTLS\r\nEHLO injected.example\r\n')
  expect(await client.reply()).toMatch(/^220 /)
  await client.secure(simulator.caPem)
  expect(await client.say('NOOP')).toMatch(/^250 2\.0\.0/)
  expect(await client.say('AUTH XOAUTH2 eA==')).toMatch(/^503 5\.5\.1 Send hello first/)
})

test('the ordinary mail server accepts a password over TLS, and a relay accepts everything', async () => {
  const { starttlsPort, tlsPort, plainPort, username, password } = simulator.ready.smtpServer
  const plainLogin = (secret: string) => Buffer.from(`\0${username}\0${secret}`).toString('base64')
  const secured = SmtpClient.openTls(tlsPort, simulator.caPem)
  await secured.reply()
  await secured.say('EHLO client.example')
  expect(await secured.say(`AUTH PLAIN ${plainLogin('wrong')}`)).toMatch(/^535 5\.7\.8 /)
  expect(await secured.say(`AUTH PLAIN ${plainLogin(password)}`)).toMatch(/^235 /)
  expect((await send(secured, 'any@contoso.example', OUTSIDE)).at(-1)).toMatch(/^250 2\.0\.0 Ok: queued as /)
  const upgrade = SmtpClient.open(starttlsPort)
  await upgrade.reply()
  expect(await upgrade.say('EHLO client.example')).not.toContain('AUTH')
  expect(await upgrade.say('MAIL FROM:<any@contoso.example>')).toMatch(/^530 5\.7\.0 /)
  const plain = SmtpClient.open(plainPort)
  await plain.reply()
  expect(await plain.say('EHLO client.example')).not.toMatch(/AUTH|STARTTLS/)
  expect((await send(plain, 'any@contoso.example', OUTSIDE)).at(-1)).toMatch(/^250 /)
  expect(simulator.mailbox.all()).toHaveLength(2)
})

test.each([
  ['an HTTP server', { smtpBanner: 'http' }, '', /^HTTP\/1\.1 400 /],
  ['an SSH server', { smtpBanner: 'ssh' }, '', /^SSH-2\.0-/],
  ['words of one\u2019s own', { smtpBanner: 'Hello there' }, '', /^Hello there\r\n$/],
  ['a dripping greeting', { smtpDripGreeting: 1 }, '', /^220-still\.starting/],
  ['an endless line', { smtpFlood: true }, '', /^2{200000}/],
  ['an endless EHLO', { smtpDripEhlo: 1 }, 'EHLO client.example\r\n', /250-XLINE20\r\n/],
])('a peer that is no mail server, or never ends: %s', async (_, fault, says, expected) => {
  expect(simulator.faults.set(fault)).toBeNull()
  const socket = connect(simulator.ready.smtpPort, '127.0.0.1')
  socket.write(says)
  let text = ''
  for await (const chunk of socket) {
    text += String(chunk)
    if (expected.test(text)) break
  }
  expect(text).toMatch(expected)
})

test('silence and stalls last until the client disconnects', async () => {
  simulator.faults.set({ smtpStall: 'ehlo' })
  const client = SmtpClient.open(simulator.ready.smtpPort)
  await client.reply()
  client.write('EHLO client.example\r\n')
  const silent = SmtpClient.open(simulator.ready.smtpPort)
  await silent.reply()
  const answered = Promise.race([client.say('NOOP'), silent.say('NOOP').then(() => 'the other one')])
  expect(await answered).toBe('the other one')
  client.close()
  silent.close()
})
