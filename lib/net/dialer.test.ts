import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ownMs } from '../../tests/support/own-time'
import { listen, type TestServer } from '../../tests/support/servers'
import { untilTestEnds } from '../../tests/support/until-test-ends'
import { fail, ok } from '../kernel'
import { connectToAny, interleaved } from './connect'
import { createDialer, type DialerSettings } from './dialer'
import type { Resolver } from './resolver'

function server(host: string, port = 0): Promise<TestServer> {
  return untilTestEnds(listen(() => {}, { host, port }))
}

/** A name server that gives these answers, one after the other, the last one for ever. */
function answering(...answers: string[][]): Resolver & { lookups: number } {
  const resolver = {
    lookups: 0,
    addresses: async () => ok(answers[Math.min(resolver.lookups++, answers.length - 1)] ?? []),
  }
  return resolver
}

async function dial(
  port: number,
  settings: Partial<DialerSettings>,
  host = 'mail.litware.example',
  signal = AbortSignal.timeout(10_000),
) {
  const dialer = createDialer({ allowNetworks: [], allowPorts: [port], ...settings })
  const result = await dialer.connect({ host, port }, { signal, purpose: 'smtp' })
  if (result.ok) onTestFinished(() => void result.value.socket.destroy())
  return result.ok ? { ok: true as const, address: result.value.address } : { ok: false as const, ...result.error }
}

test('an address that this machine has no route to is not taken for a firewall', async () => {
  // Linux has no route for a TCP connection to the broadcast address, whatever its network.
  const connected = await connectToAny(['255.255.255.255'], 25, AbortSignal.timeout(2000))
  expect(connected).toEqual({
    ok: false,
    error: { code: 'network-unreachable', evidence: 'ENETUNREACH 255.255.255.255' },
  })
})

test('N-01 F-45 the address that was checked is the one that is dialled, and the name is looked up once', async () => {
  const good = await server('127.0.0.2')
  const trap = await server('127.0.0.1', good.port)
  const resolver = answering(['127.0.0.2'], ['127.0.0.1'])
  const settings = { allowNetworks: ['127.0.0.2/32'], resolver }
  expect(await dial(good.port, settings)).toEqual({ ok: true, address: '127.0.0.2' })
  expect(resolver.lookups).toBe(1)
  expect(await dial(good.port, settings)).toMatchObject({ code: 'address-not-allowed' })
  expect([good.connections, trap.connections]).toEqual([1, 0])
})

test('N-01 a connection that ends elsewhere than at the checked address is not used', async () => {
  const trap = await server('127.0.0.1')
  // The system connects this address to the machine itself.
  expect(await connectToAny(['0.0.0.0'], trap.port, AbortSignal.timeout(2_000))).toEqual({
    ok: false,
    error: { code: 'address-not-allowed', evidence: 'connected to 127.0.0.1' },
  })
})

test('N-01 of a name with many addresses eight are tried, so that it is no port scan', async () => {
  const addresses = Array.from({ length: 9 }, (_, at) => `127.0.0.${at + 11}`)
  const ninth = await server('127.0.0.19')
  expect(await connectToAny(addresses, ninth.port, AbortSignal.timeout(5_000))).toMatchObject({
    error: { code: 'connection-refused' },
  })
})

test('N-01 F-45 a name with a public and a private address is refused', async () => {
  const trap = await server('127.0.0.1')
  for (const answers of [['8.8.8.8', '127.0.0.1'], ['127.0.0.1', '8.8.8.8'], ['::ffff:127.0.0.1']])
    expect(await dial(trap.port, { resolver: answering(answers) })).toMatchObject({
      code: 'address-not-allowed',
      host: 'mail.litware.example',
      port: trap.port,
    })
  expect(trap.connections).toBe(0)
})

test('requests for a name at the same time share one lookup, and a later one looks it up again', async () => {
  const good = await server('127.0.0.2')
  let lookups = 0
  const resolver: Resolver = {
    async addresses() {
      lookups++
      await new Promise(setImmediate)
      return ok(['127.0.0.2'])
    },
  }
  const dialer = createDialer({ allowNetworks: ['127.0.0.2/32'], allowPorts: [good.port], resolver })
  const open = async () => {
    const target = { host: 'mail.litware.example', port: good.port }
    const result = await dialer.connect(target, { signal: AbortSignal.timeout(5_000), purpose: 'smtp' })
    if (result.ok) onTestFinished(() => void result.value.socket.destroy())
    return result.ok
  }
  expect(await Promise.all(Array.from({ length: 20 }, open))).toEqual(Array(20).fill(true))
  expect(lookups).toBe(1)
  expect(await open()).toBe(true)
  expect(lookups).toBe(2)
})

test('N-02 localhost is refused until the deployment allows it', async () => {
  const local = await server('127.0.0.1')
  expect(await dial(local.port, {}, 'localhost')).toMatchObject({ code: 'address-not-allowed' })
  expect(local.connections).toBe(0)
  expect(await dial(local.port, { allowNetworks: ['localhost'] }, 'LOCALHOST.')).toMatchObject({ ok: true })
})

test.each([
  [443, 'smtp', [], false],
  [3306, 'smtp', [], false],
  [3306, 'smtp', [3306], true],
  [25, 'smtp', [], true],
  [465, 'smtp', [], true],
  [587, 'smtp', [], true],
  [2525, 'smtp', [], true],
  [443, 'https', [], true],
  [8443, 'https', [], false],
  [587, 'https', [], false],
] as const)('N-03 port %i for %s with %j open: %s', async (port, purpose, allowPorts, open) => {
  // The name server says "not found", so a call that gets that far passed the check of the port.
  const resolver: Resolver = { addresses: async () => fail({ kind: 'not-found', evidence: '' }) }
  const dialer = createDialer({ allowNetworks: [], allowPorts, resolver })
  const signal = AbortSignal.timeout(1000)
  const result = await dialer.connect({ host: 'mail.litware.example', port }, { signal, purpose })
  expect(result).toMatchObject({ error: { code: open ? 'name-not-found' : 'address-not-allowed' } })
})

test.each(['127.0.0.1', '127.1', '0x7f000001', '2130706433', '[::1]', '[::ffff:127.0.0.1]'])(
  'N-04 the literal %s is not dialled',
  async (host) => {
    const local = await server('127.0.0.1')
    expect(await dial(local.port, { allowNetworks: ['127.0.0.0/8', '::/0'] }, host)).toMatchObject({
      code: 'address-not-allowed',
    })
    expect(local.connections).toBe(0)
  },
)

test('N-04 a literal that the deployment names exactly is dialled', async () => {
  const local = await server('127.0.0.1')
  expect(await dial(local.port, { allowNetworks: ['127.0.0.1'] }, '127.0.0.1')).toMatchObject({ ok: true })
})

test.each([
  ['not-found', 'name-not-found'],
  ['try-again', 'name-lookup-failed'],
] as const)('N-14 F-44 the name server says %s: %s', async (kind, code) => {
  const resolver: Resolver = { addresses: async () => fail({ kind, evidence: 'SERVFAIL' }) }
  expect(await dial(25, { resolver })).toMatchObject({ code, evidence: 'SERVFAIL' })
})

test('N-14 F-44 a name without an address does not exist; a name server that does not answer is tried again', async () => {
  expect(await dial(25, { resolver: answering([]) })).toMatchObject({ code: 'name-not-found' })
  const silent: Resolver = { addresses: () => new Promise(() => {}) }
  expect(await dial(25, { resolver: silent }, undefined, AbortSignal.timeout(50))).toMatchObject({
    code: 'name-lookup-failed',
  })
})

test('F-16 a closed port is refused', async () => {
  const closed = await listen(() => {})
  await closed.close()
  expect(await dial(closed.port, { allowNetworks: ['localhost'] }, 'localhost')).toMatchObject({
    code: 'connection-refused',
  })
})

/** A port that swallows packets: a stopped process whose queue of connections is full. */
async function blackHole(host: string): Promise<number> {
  const script = `require('net').createServer().listen({host:'${host}',port:0,backlog:1},function(){console.log(this.address().port)})`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [port] = await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  for (let filled = 0; filled < 4; filled++) {
    const socket = net.connect(Number(port), host)
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    await Promise.race([once(socket, 'connect'), new Promise((resolve) => setTimeout(resolve, 200))])
  }
  return Number(port)
}

test('F-16 a filtered port times out at the connection limit', async () => {
  const port = await blackHole('127.0.0.3')
  const settings = { allowNetworks: ['127.0.0.0/8'], resolver: answering(['127.0.0.3']), connectMsMax: 300 }
  expect(await dial(port, settings)).toMatchObject({ code: 'connection-timed-out' })
})

test('F-46 a first address that does not answer delays a connection by less than 2 s', async () => {
  const port = await blackHole('127.0.0.4')
  await server('127.0.0.2', port)
  const startedMs = ownMs()
  const settings = { allowNetworks: ['127.0.0.0/8'], resolver: answering(['127.0.0.4', '127.0.0.2']) }
  expect(await dial(port, settings)).toEqual({ ok: true, address: '127.0.0.2' })
  expect(ownMs() - startedMs).toBeLessThan(2000)
})

test('F-46 a first address that refuses does not delay a connection', async () => {
  const good = await server('127.0.0.2')
  const settings = { allowNetworks: ['127.0.0.0/8'], resolver: answering(['127.0.0.9', '127.0.0.2']) }
  expect(await dial(good.port, settings)).toEqual({ ok: true, address: '127.0.0.2' })
})

test('address families take turns, beginning with the first choice of the resolver', () => {
  expect(interleaved(['::1', '::2', '::3', '1.1.1.1', '2.2.2.2'])).toEqual(['::1', '1.1.1.1', '::2', '2.2.2.2', '::3'])
})
