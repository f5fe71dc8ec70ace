import { expect, test, vi } from 'vitest'
import type { Logger } from '../kernel'
import { watchForProxy } from './unknown-proxy'

const PROXY = '10.1.2.3'

function watched(trusted: string[] = []) {
  const warn = vi.fn<Logger['warn']>()
  const proxy = watchForProxy(trusted, { debug() {}, info() {}, warn, error() {} })
  const see = (times: number, peer: string | null, forwardedFor: string | null) => {
    for (let n = 0; n < times; n++) proxy.saw(peer, forwardedFor)
  }
  return { proxy, warn, see }
}

test('A-04 a proxy that is not named is noticed when every request comes from it, and logged once', () => {
  const { proxy, warn, see } = watched()
  see(49, PROXY, '203.0.113.7')
  expect(proxy.address()).toBeNull()
  see(200, PROXY, '203.0.113.7, 198.51.100.9')
  expect(proxy.address()).toBe(PROXY)
  expect(warn.mock.calls).toEqual([[expect.any(String), { address: PROXY, variable: 'POSTROOM_TRUSTED_PROXIES' }]])
  see(1, '203.0.113.7', null)
  expect(proxy.address()).toBeNull()
  see(50, PROXY, '203.0.113.7')
  expect(proxy.address()).toBe(PROXY)
  expect(warn).toHaveBeenCalledOnce()
})

test.each([
  ['a proxy that is named', [PROXY, '192.0.2.0/24'], () => PROXY, '203.0.113.7'],
  ['a proxy named in the other notation of its address', ['10.0.0.0/8'], () => `::ffff:${PROXY}`, '203.0.113.7'],
  ['a person who comes directly', [], () => PROXY, null],
  ['a person whose own address the framework wrote into the header', [], () => PROXY, PROXY],
  ['several addresses that send the header', [], (n: number) => `10.1.2.${n % 2}`, '203.0.113.7'],
  ['an unknown peer', [], () => null, '203.0.113.7'],
] as const)('A-04 %s gives no notice', (_, trusted, peer, forwardedFor) => {
  const { proxy, warn } = watched([...trusted])
  for (let n = 0; n < 200; n++) proxy.saw(peer(n), forwardedFor)
  expect(proxy.address()).toBeNull()
  expect(warn).not.toHaveBeenCalled()
})
