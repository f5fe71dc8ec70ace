import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AuditEntry } from '../audit'
import type { Logger } from '../kernel'
import { createRefusals, type Refusals, ROWS_PER_ADDRESS, SUMMARIES_MAX } from './refusals'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

let written: AuditEntry[]
let refusals: Refusals
beforeEach(() => {
  written = []
  refusals = createRefusals({ audit: { record: async (entry) => void written.push(entry) }, log: quiet })
})
afterEach(() => vi.useRealTimers())

const refused = (address: string | null, why = 'origin-foreign', what = '/sign-in'): AuditEntry => ({
  action: 'request.refused',
  actor: { kind: 'anonymous' },
  origin: { address, requestId: 'one' },
  result: 'refused',
  subject: null,
  details: { what, why },
})

test('U-01 W-14 ten thousand refusals of one address leave its first rows and one summary that counts the rest', async () => {
  for (let n = 0; n < 10_000; n++) await refusals.record(refused('203.0.113.7'))
  await refusals.flush()
  expect(written).toHaveLength(ROWS_PER_ADDRESS + 1)
  expect(written.at(-1)).toMatchObject({
    origin: { address: '203.0.113.7' },
    details: { what: '/sign-in', why: 'origin-foreign', count: 10_000 - ROWS_PER_ADDRESS, seconds: expect.any(Number) },
  })
  expect(refusals.total()).toBe(10_000)
})

test('U-01 refusals are counted by reason, and a summary names only what all of them share', async () => {
  vi.useFakeTimers({ toFake: ['performance'], now: 0 })
  for (let n = 0; n < ROWS_PER_ADDRESS; n++) await refusals.record(refused('203.0.113.7'))
  await refusals.record({ ...refused('203.0.113.7', 'too-large', '/account'), subject: 'operator:a' })
  vi.advanceTimersByTime(1_500)
  await refusals.record(refused('203.0.113.7', 'too-large', '/sign-in'))
  await refusals.record(refused('203.0.113.7', 'malformed', '/sign-in'))
  await refusals.flush()
  expect(written.slice(ROWS_PER_ADDRESS).map(({ details }) => details)).toEqual([
    { why: 'too-large', count: 2, seconds: 2 },
    { what: '/sign-in', why: 'malformed', count: 1, seconds: 0 },
  ])
  expect(written[ROWS_PER_ADDRESS]?.subject).toBeNull()
})

test('R-11 a stop waits for a summary that is being written', async () => {
  let store = () => {}
  const stored = new Promise<void>((resolve) => {
    store = resolve
  })
  const record = async (entry: AuditEntry) => {
    if ('count' in entry.details) await stored
    written.push(entry)
  }
  refusals = createRefusals({ audit: { record }, log: quiet })
  for (let n = 0; n <= ROWS_PER_ADDRESS; n++) await refusals.record(refused('203.0.113.7'))
  void refusals.flush()
  const atStop = refusals.flush().then(() => written.length)
  store()
  expect(await atStop).toBe(ROWS_PER_ADDRESS + 1)
})

test('A-04 the addresses of one /64 count as one, and another address gets its own entries', async () => {
  for (let n = 0; n < 100; n++) await refusals.record(refused(`2001:db8:1:2::${n.toString(16)}`))
  await refusals.record(refused('203.0.113.7'))
  await refusals.flush()
  expect(written.map(({ origin }) => origin.address).slice(ROWS_PER_ADDRESS)).toEqual([
    '203.0.113.7',
    '2001:db8:1:2::/64',
  ])
  expect(written.at(-1)?.details).toMatchObject({ count: 100 - ROWS_PER_ADDRESS })
})

test('U-01 a hundred thousand addresses leave a bounded number of rows, and none of their refusals is missing from the counts', async () => {
  vi.useFakeTimers({ toFake: ['performance'], now: 0 })
  const all = 100_000
  for (let n = 0; n < all; n++) await refusals.record(refused(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`))
  // One that has a summary already: it is counted there, and not among the rest.
  await refusals.record(refused('10.0.2.88'))
  await refusals.flush()
  expect(written.length).toBeLessThanOrEqual(600 + SUMMARIES_MAX + 1)
  const counts = written.map(({ details }) => Number(Object(details).count ?? 1))
  expect(counts.reduce((sum, count) => sum + count)).toBe(all + 1)
  expect(written[600]).toMatchObject({ origin: { address: '10.0.2.88' }, details: { count: 2 } })
  expect(written.at(-1)).toMatchObject({ origin: { address: null }, details: { why: 'many-addresses' } })
})

test('U-01 after an hour an address gets its own entries again', async () => {
  vi.useFakeTimers({ toFake: ['performance'], now: 0 })
  for (let n = 0; n < ROWS_PER_ADDRESS + 1; n++) await refusals.record(refused('203.0.113.7'))
  vi.advanceTimersByTime(60 * 60_000)
  await refusals.record(refused('203.0.113.7'))
  expect(written).toHaveLength(ROWS_PER_ADDRESS + 1)
})

test('U-01 a denial of a signed-in person always gets its own entry', async () => {
  const actor = { kind: 'operator', id: 'a', email: 'viewer@contoso.example', role: 'viewer' } as const
  for (let n = 0; n < ROWS_PER_ADDRESS * 2; n++) await refusals.record({ ...refused('203.0.113.7'), actor })
  expect(written).toHaveLength(ROWS_PER_ADDRESS * 2)
})

test('U-04 while the audit log cannot be written, strangers stay refused and are counted, and the request of a signed-in person fails', async () => {
  let isAway = true
  const record = async (entry: AuditEntry) => {
    if (isAway) throw new Error('the database is away')
    written.push(entry)
  }
  refusals = createRefusals({ audit: { record }, log: quiet })
  for (let n = 0; n < 30; n++) await refusals.record(refused('203.0.113.7'))
  const actor = { kind: 'operator', id: 'a', email: 'viewer@contoso.example', role: 'viewer' } as const
  await expect(refusals.record({ ...refused('203.0.113.7'), actor })).rejects.toThrow('the database is away')
  await refusals.flush()
  isAway = false
  await refusals.flush()
  expect(written).toMatchObject([{ details: { count: 30 } }])
})
