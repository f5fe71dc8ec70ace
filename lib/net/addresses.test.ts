import { expect, test } from 'vitest'
import entries from '../../tests/data/bad-inputs.json'
import { parseSmtpHost } from '../validation/host-name'
import {
  addressObjection,
  entriesFor,
  hostObjection,
  isAllowEntry,
  isHostName,
  isPublic,
  readAllowList,
} from './addresses'

const nothing = readAllowList([])

test.each([
  ['loopback', '127.0.0.1'],
  ['loopback, far end', '127.255.255.254'],
  ['private 10', '10.20.30.40'],
  ['private 172', '172.31.255.1'],
  ['private 192.168', '192.168.0.1'],
  ['link-local and metadata', '169.254.169.254'],
  ['shared', '100.64.0.1'],
  ['unspecified', '0.0.0.0'],
  ['this network', '0.1.2.3'],
  ['multicast', '224.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['reserved', '240.0.0.1'],
  ['documentation', '203.0.113.7'],
  ['benchmarking', '198.18.0.1'],
  ['Azure platform', '168.63.129.16'],
  ['loopback 6', '::1'],
  ['unspecified 6', '::'],
  ['mapped', '::ffff:10.1.1.1'],
  ['mapped, hexadecimal', '::ffff:7f00:1'],
  ['mapped Azure platform', '::ffff:168.63.129.16'],
  ['IPv4-compatible', '::127.0.0.1'],
  ['NAT64 of loopback', '64:ff9b::7f00:1'],
  ['NAT64 of a private address', '64:ff9b::10.1.2.3'],
  ['NAT64 of metadata', '64:ff9b::169.254.169.254'],
  ['local NAT64', '64:ff9b:1::a00:1'],
  ['6to4', '2002:7f00:1::1'],
  ['Teredo', '2001:0:7f00:1::1'],
  ['unique local', 'fd12:3456::1'],
  ['metadata 6', 'fd00:ec2::254'],
  ['link-local 6', 'fe80::1'],
  ['link-local with zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'],
  ['multicast 6', 'ff02::1'],
  ['documentation 6', '2001:db8::1'],
  ['new documentation 6', '3fff::1'],
  ['discard', '100::1'],
  ['outside global unicast', '4000::1'],
  ['no address', 'mail.litware.example'],
])('N-02 %s is not public: %s', (_, address) => {
  expect(isPublic(address)).toBe(false)
  expect(addressObjection('mail.litware.example', [address], nothing)).toBe(address)
})

test.each([['8.8.8.8'], ['40.97.1.2'], ['2603:1026::5'], ['::ffff:8.8.8.8'], ['64:ff9b::8.8.8.8']])(
  'N-02 %s is public',
  (address) => {
    expect(isPublic(address)).toBe(true)
  },
)

test('N-01 a name is refused if one of its addresses is', () => {
  expect(addressObjection('both.contoso.example', ['8.8.8.8', '::1'], nothing)).toBe('::1')
})

test.each([
  ['10.0.0.0/8', ['10.1.2.3'], ['172.16.0.1', '::ffff:172.16.0.1', '127.0.0.1']],
  ['::1/128', ['::1'], ['::2', '127.0.0.1']],
  ['127.0.0.1', ['127.0.0.1', '::ffff:127.0.0.1'], ['127.0.0.2']],
  ['fd00::/8', ['fd12::1'], ['fe80::1']],
])('N-02 the deployment may open %s, and no more than that', (entry, open, closed) => {
  const allow = readAllowList([entry])
  for (const address of open) expect(addressObjection('mail', [address], allow)).toBeNull()
  for (const address of closed) expect(addressObjection('mail', [address], allow)).toBe(address)
})

test.each([
  ['relay.lan', 'other', [25, 443, 5432], []],
  ['relay.lan', 'webhook', [443], [25, 5432]],
  ['relay.lan:25', 'other', [25], [443, 5432]],
  ['relay.lan:8443', 'webhook', [8443], [25, 443]],
  ['10.0.0.0/8', 'webhook', [443], [25, 5432]],
  ['10.0.0.0/8:25', 'other', [25], [443, 5432]],
  ['[::ffff:10.0.0.9]:25', 'other', [25], [443]],
] as const)(
  'N-03 the entry %s opens for a connection of kind %s the ports %j, and none of %j',
  (entry, purpose, open, closed) => {
    const objection = (port: number) =>
      addressObjection('relay.lan', ['10.0.0.9'], entriesFor(readAllowList([entry]), port, purpose))
    expect(open.filter((port) => objection(port) !== null)).toEqual([])
    expect(closed.filter((port) => objection(port) === null)).toEqual([])
  },
)

test('N-02 an address behind NAT64 is judged by the IPv4 address inside, on the list as well', () => {
  const whole = readAllowList(['64:ff9b::/96'])
  expect(addressObjection('mail.contoso.example', ['64:ff9b::7f00:1'], whole)).toBe('64:ff9b::7f00:1')
  const inside = readAllowList(['10.0.0.0/8'])
  expect(addressObjection('mail.contoso.example', ['64:ff9b::10.1.2.3', '10.1.2.3'], inside)).toBeNull()
})

test('N-02 a name on the list is allowed exactly, not the names below it', () => {
  const allow = readAllowList(['Mailpit'])
  expect(addressObjection('mailpit', ['172.18.0.3'], allow)).toBeNull()
  expect(addressObjection('x.mailpit', ['172.18.0.3'], allow)).toBe('172.18.0.3')
})

test.each([
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '198.51.100.9',
  '8.8.8.8',
  '0xa9.0xfe.0xa9.0xfe',
  '::1',
  '::ffff:10.1.1.1',
  '2603:1026::5',
  'fe80::1%eth0',
  'mail.1',
])('N-04 the literal %s is refused, also where its network is allowed', (host) => {
  expect(hostObjection(host, nothing)).not.toBeNull()
  expect(hostObjection(host, readAllowList(['0.0.0.0/0', '::/0']))).not.toBeNull()
  expect(isHostName(host)).toBe(false)
})

test('N-04 an IP address is allowed if the list names exactly it', () => {
  const allow = readAllowList(['192.0.2.7', 'fd00::7'])
  expect(hostObjection('192.0.2.7', allow)).toBeNull()
  expect(hostObjection('fd00::7', allow)).toBeNull()
  expect(hostObjection('192.0.2.8', allow)).not.toBeNull()
  expect(hostObjection('3221225991', allow)).not.toBeNull()
})

test.each(['metadata.google.internal', 'metadata', 'instance-data.ec2.internal'])(
  'N-02 %s is a metadata name, for the dialer and for the settings alike',
  (host) => {
    expect(parseSmtpHost(host)).toMatchObject({ ok: false })
    expect(parseSmtpHost(host, { names: [host], ports: [] })).toMatchObject({ ok: true })
    expect(hostObjection(host, readAllowList(['169.254.0.0/16']))).not.toBeNull()
    expect(hostObjection(host, readAllowList([host]))).toBeNull()
  },
)

test.each([
  'smtp．contoso.example',
  'a_b.contoso.example',
  'smtp.contoso.example:587',
  'smtps://x.example',
  'a\nQUIT',
  'a b',
  '',
  '-a.example',
  'a..example',
  `${'a'.repeat(64)}.example`,
])('%j is not a host name', (host) => {
  expect(isHostName(host)).toBe(false)
})

test.each([
  ['10.0.0.0/8', true],
  ['mailpit', true],
  ['[::1]', true],
  ['mailpit:25', true],
  ['[fd00::/8]:25', true],
  ['mailpit:0', false],
  ['mailpit:65536', false],
  ['fd00::1:25', true],
  ['10.0.0.0/33', false],
  ['127.1', false],
  ['a b', false],
  ['', false],
])('an entry of the allow list: %j is %s', (entry, good) => {
  expect(isAllowEntry(entry)).toBe(good)
  if (!good) expect(() => readAllowList([entry])).toThrow(JSON.stringify(entry))
})

/** `PUBLIC` in the list means any address that our own rules call public. */
const A_PUBLIC_ONE = '8.8.8.8'
test.each(entries.flatMap(({ value, dns, expect: wanted }) => (dns ? [[wanted, String(value), dns] as const] : [])))(
  'W-03 N-01 smtp_host: %s %s with the answers %j',
  (wanted, host, dns) => {
    expect(isPublic(A_PUBLIC_ONE)).toBe(true)
    const answers = dns.map((answer) => (answer === 'PUBLIC' ? A_PUBLIC_ONE : answer))
    expect(addressObjection(host, answers, nothing) === null).toBe(wanted !== 'reject')
  },
)
