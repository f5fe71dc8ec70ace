import { afterEach, beforeAll, expect, test } from 'vitest'
import { createTestAuthority, type TestAuthority } from '../../tests/support/certificates'
import { type SmtpScript, type SmtpTestServer, startSmtp } from '../../tests/support/servers'
import { EHLO_NAME, MAIL, xoauth2 } from '../../tests/support/smtp-attempt'
import { createDialer } from '../net'
import { openTransport } from './transport'

let authority: TestAuthority
const ending: (() => unknown)[] = []
beforeAll(async () => {
  authority = await createTestAuthority()
})
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function pooled(connections: number, script: SmtpScript = {}) {
  const server: SmtpTestServer = await startSmtp({ identity: await authority.certify(), ...script })
  ending.push(() => server.close())
  const dialer = createDialer({ allowNetworks: ['localhost'], allowPorts: [server.port], ca: [authority.certificate] })
  const target = { host: 'localhost', port: server.port, security: 'starttls', login: xoauth2 } as const
  const transport = openTransport(dialer, target, { ehloName: EHLO_NAME, pool: { connections } })
  ending.push(() => transport.close())
  const send = (subject: string, deadlineMs = 5000) => {
    const stages: string[] = []
    const options = {
      signal: AbortSignal.timeout(deadlineMs),
      dryRun: false,
      onStep: ({ stage }: { stage: string }) => void stages.push(stage),
      onLine() {},
    }
    return transport.send({ ...MAIL, subject }, options).then((result) => ({ result, stages }))
  }
  return { server, send, transport }
}

test('many messages share few connections, each arrives once, each reports its steps', async () => {
  const { server, send } = await pooled(3)
  const sent = await Promise.all(Array.from({ length: 30 }, (_, at) => send(`number ${at}.`)))
  expect(sent.every(({ result }) => result.ok)).toBe(true)
  expect(server.connections).toBe(3)
  for (let at = 0; at < 30; at++)
    expect(server.messages.filter((text) => text.includes(`number ${at}.`))).toHaveLength(1)
  expect(sent.filter(({ stages }) => stages.join() === 'sender,recipient,data')).toHaveLength(27)
  expect(server.commands.filter((line) => line.startsWith('AUTH'))).toHaveLength(3)
})

test('F-40 a server that closes after each message costs a connection, not a message', async () => {
  const { server, send } = await pooled(1, {
    act: (line) => (line === 'MESSAGE' ? (socket) => socket.end('250 2.0.0 OK\r\n') : null),
  })
  for (let at = 0; at < 3; at++) {
    const { result } = await send(`number ${at}`)
    expect(result.ok).toBe(true)
    await expect.poll(() => server.endedAt).not.toBeNull()
  }
  expect(server.connections).toBe(3)
})

test('a refused message does not stop the next one', async () => {
  let refuse = true
  const { send } = await pooled(1, { act: (line) => (line === 'MESSAGE' && refuse ? '554 5.2.0 no' : null) })
  expect((await send('a')).result).toMatchObject({ ok: false, error: { stage: 'data', fault: { code: 554 } } })
  refuse = false
  expect((await send('b')).result.ok).toBe(true)
})

test('N-12 the deadline of a message on a kept connection ends it, and the next gets a new one', async () => {
  let stall = false
  const { server, send } = await pooled(1, { act: (line) => (line === 'MESSAGE' && stall ? () => {} : null) })
  expect((await send('a')).result.ok).toBe(true)
  stall = true
  expect((await send('b', 200)).result).toMatchObject({ error: { stage: 'data', fault: { code: 'deadline-passed' } } })
  stall = false
  expect((await send('c')).result.ok).toBe(true)
  expect(server.connections).toBe(2)
})
