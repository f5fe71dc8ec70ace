import { expect, test } from 'vitest'
import { isAddedAs } from './is-added-as'

const since = new Date('2026-12-01T08:00:00Z')
const later = new Date('2026-12-01T09:00:00Z')
const device = { address: '192.0.2.7', since, entrance: 'starttls', senders: ['scan@contoso.example'] } as const
const client = {
  way: 'network',
  networks: ['192.0.2.0/24'],
  senders: ['*@contoso.example'],
  lastAddress: null,
  createdAt: later,
} as const

test.each([
  ['a network, and its newest message used TLS', {}, false],
  ['a network, and has sent since', { lastAddress: '192.0.2.7' }, true],
  ['a network before it was seen', { lastAddress: '192.0.2.7', createdAt: since }, false],
  ['a network, and another device of it has sent', { lastAddress: '192.0.2.8' }, false],
  ['a login', { way: 'login' }, true],
  ['a login for other senders', { way: 'login', senders: ['anna@contoso.example'], lastAddress: '192.0.2.7' }, false],
] as const)('whether a device of learning mode was added: with %s', (_, changed, isAdded) => {
  const { senders, networks, ...rest } = { ...client, ...changed }
  expect(
    isAddedAs({ ...rest, senders: [...senders], networks: [...networks] }, { ...device, senders: [...device.senders] }),
  ).toBe(isAdded)
})
