import { expect, test } from 'vitest'
import { addressBucket, clientAddress } from './client-address'

const PROXIES = ['10.0.0.0/8', '2001:db8:1::/48', '192.0.2.10', '2001:db8:3::1']

test.each([
  ['the socket, when no proxy is ours', '203.0.113.7', '1.2.3.4', [], '203.0.113.7'],
  ['the socket, when it is not one of ours', '203.0.113.7', '1.2.3.4', PROXIES, '203.0.113.7'],
  ['what our proxy says', '10.1.1.1', '198.51.100.9', PROXIES, '198.51.100.9'],
  ['not what the client wrote before it', '10.1.1.1', '6.6.6.6, 198.51.100.9', PROXIES, '198.51.100.9'],
  ['through two of ours', '10.1.1.1', '6.6.6.6, 198.51.100.9, 192.0.2.10', PROXIES, '198.51.100.9'],
  ['a proxy that says nothing', '10.1.1.1', null, PROXIES, '10.1.1.1'],
  ['a proxy that says nonsense', '10.1.1.1', 'unknown, <script>', PROXIES, '10.1.1.1'],
  ['an IPv4 address in IPv6 clothes', '::ffff:10.1.1.1', '198.51.100.9', PROXIES, '198.51.100.9'],
  ['a proxy that adds the port', '10.1.1.1', '6.6.6.6, 198.51.100.9:50123', PROXIES, '198.51.100.9'],
  ['a proxy that adds the port to IPv6', '10.1.1.1', '[2001:db8:2::7]:50123, 192.0.2.10:443', PROXIES, '2001:db8:2::7'],
  ['IPv6', '2001:db8:1::5', '2001:db8:2::7', PROXIES, '2001:db8:2::7'],
  ['IPv6, from the neighbour of a proxy', '2001:db8:3::2', '2001:db8:2::7', PROXIES, '2001:db8:3::2'],
  ['the neighbour of a proxy', '192.0.2.11', '198.51.100.9', PROXIES, '192.0.2.11'],
  ['nothing known', null, '1.2.3.4', PROXIES, null],
] as const)('A-04 clientAddress: %s', (_, peer, forwarded, proxies, expected) => {
  expect(clientAddress(peer, forwarded, proxies)).toBe(expected)
})

test('A-04 a header of a thousand hops is read from the right only, and ends', () => {
  const chain = ['198.51.100.9', ...Array.from({ length: 1000 }, () => '10.0.0.1')].join(', ')
  expect(clientAddress('10.1.1.1', chain, PROXIES)).toBe('10.0.0.1')
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
  [null, 'unknown'],
])('A-04 addressBucket of %s is %s', (address, bucket) => {
  expect(addressBucket(address)).toBe(bucket)
})
