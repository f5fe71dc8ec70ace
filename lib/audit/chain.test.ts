import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginWalk, CHAIN_START, continuesChain, rowHash } from './chain'
import type { AuditEntry } from './entry'
import type { AuditRow } from './log'
import { AUDIT_TEXT_CHARS_MAX, nextRow } from './row'

const now = new Date('2027-03-01T12:00:00Z')

const saved: AuditEntry = {
  action: 'mail-server.save',
  actor: { kind: 'operator', id: 'op-1', email: 'admin@contoso.example', role: 'admin' },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  result: 'done',
  subject: 'mail-server:1',
  details: { version: 3, secret: 'changed' },
}

function chainOf(length: number): AuditRow[] {
  const rows: AuditRow[] = []
  for (let n = 0; n < length; n++) rows.push(nextRow(saved, now, rows.at(-1) ?? null))
  return rows
}

function firstBroken(rows: readonly AuditRow[]): number {
  const walk = beginWalk()
  return rows.findIndex((row) => {
    if (!continuesChain(walk, row)) return true
    walk.events += 1
    walk.previousHash = row.hash
    return false
  })
}

test('U-02 an untouched chain walks from its first row to its last', () => {
  expect(chainOf(1)[0]?.previousHash).toBe(CHAIN_START)
  expect(firstBroken(chainOf(5))).toBe(-1)
})

test.each<[string, Partial<AuditRow>]>([
  ['time', { at: new Date('2027-03-01T12:00:00.001Z') }],
  ['action', { action: 'mail-server.restore' }],
  ['kind of actor', { actorKind: 'system' }],
  ['actor', { actorName: 'other@contoso.example' }],
  ["actor's id", { actorId: null }],
  ['address', { address: '192.0.2.8' }],
  ['request', { requestId: 'req-2' }],
  ['result', { result: 'refused' }],
  ['subject', { subject: null }],
  ['details', { details: { version: 4, secret: 'changed' } }],
  ['predecessor', { previousHash: CHAIN_START }],
])('U-02 a row whose %s was edited breaks the chain there', (_, edit) => {
  const rows = chainOf(4).map((row) => (row.sequence === 3n ? { ...row, ...edit } : row))
  expect(firstBroken(rows)).toBe(2)
})

test('U-02 an edited row with a hash of its own making breaks the chain at the row after it', () => {
  const rows = chainOf(4).map((row) => {
    if (row.sequence !== 2n) return row
    const edited = { ...row, actorName: 'other@contoso.example' }
    return { ...edited, hash: rowHash(edited) }
  })
  expect(firstBroken(rows)).toBe(2)
})

test.each([
  ['removed', [0, 1, 3]],
  ['swapped', [0, 2, 1, 3]],
  ['doubled', [0, 1, 1, 2, 3]],
])('U-02 a %s row breaks the chain', (_, order) => {
  const rows = chainOf(4)
  expect(firstBroken(order.flatMap((at) => rows[at] ?? []))).toBeGreaterThan(0)
})

test('the order of details does not matter, as the database does not keep it', () => {
  const [row] = chainOf(1)
  if (!row) throw new Error('no row')
  expect(rowHash({ ...row, details: { secret: 'changed', version: 3 } })).toBe(row.hash)
})

test('S-14 text of any kind is stored in bounded form, without control characters or halves of characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const row = nextRow({ ...saved, subject: text, details: { text } }, now, null)
      expect(row.subject?.length).toBeLessThanOrEqual(AUDIT_TEXT_CHARS_MAX)
      expect(row.subject).not.toMatch(/[\p{Cc}\p{Cs}]/u)
      expect(row.details.text).toBe(row.subject)
    }),
  )
  expect(nextRow({ ...saved, subject: 'a\u0000b\r\nc\ud800' }, now, null).subject).toBe('a\ufffdb\ufffd\ufffdc\ufffd')
})
