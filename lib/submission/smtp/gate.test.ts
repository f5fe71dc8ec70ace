import { expect, test } from 'vitest'
import { LIMITS, type Visit } from './connection'
import { Gate } from './gate'

test('M-10 the addresses of an IPv6 /64 share a limit, and an IPv4 address does not share it', () => {
  const gate = new Gate({ ...LIMITS, connectionsPerAddress: 1, connectionsPerNetwork: 2 })
  const enter = (address: string) => {
    const visit = { address, isKnown: true, evict() {} } as Partial<Visit> as Visit
    return { visit, refused: gate.enter(visit)?.params.address }
  }
  const first = enter('2001:db8:0:1::1')
  expect(first.refused).toBeUndefined()
  expect(enter('2001:db8:0:1::1').refused).toBe('2001:db8:0:1::1')
  expect(enter('2001:db8:0:1::2').refused).toBeUndefined()
  expect(enter('2001:db8:0:1::3').refused).toBe('2001:db8:0:1::/64')
  expect(enter('2001:db8:0:2::3').refused).toBeUndefined()
  for (let nth = 1; nth <= 9; nth++) expect(enter(`192.0.2.${nth}`).refused).toBeUndefined()
  for (let twice = 0; twice < 2; twice++) gate.leave(first.visit)
  expect(enter('2001:db8:0:1::3').refused).toBeUndefined()
  expect(enter('2001:db8:0:1::4').refused).toBe('2001:db8:0:1::/64')
})
