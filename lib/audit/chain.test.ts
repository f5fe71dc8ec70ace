import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chainKeys, chainKeysIn } from '../crypto/audit-keys'
import { Redacted } from '../kernel/redacted'
import { AUDIT_TEXT_CHARS_MAX, CHAIN_START, nextRow, rowHash } from './chain'
import type { AuditEntry, AuditRow } from './entry'
import { type VerifyOptions, verifyRows } from './verify'

const now = new Date('2027-03-01T12:00:00Z')

const saved: AuditEntry = {
  action: 'mail-server.save',
  actor: { kind: 'operator', id: 'op-1', email: 'admin@contoso.example', role: 'admin' },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  result: 'done',
  subject: 'mail-server:1',
  details: { version: 3, secret: 'changed' },
}

const sessionSecret = new Redacted('a session secret of the test, long enough')
const sealingKey = (kid: string, byte: number) => ({
  kid,
  key: new Redacted(Buffer.alloc(32, byte).toString('base64')),
})
const keys = chainKeys([sealingKey('k1', 1)], sessionSecret)

function chainOf(length: number, under = keys): AuditRow[] {
  const rows: AuditRow[] = []
  for (let n = 0; n < length; n++) rows.push(nextRow(saved, now, rows.at(-1) ?? null, under.current))
  return rows
}

/** Hashes a row and all after it again, as an attacker with the database and without the key does. */
function rehashed(rows: readonly AuditRow[], from: number): AuditRow[] {
  const all: AuditRow[] = []
  for (const row of rows) {
    if (row.sequence < from) all.push(row)
    else {
      const next = { ...row, keyId: null, previousHash: all.at(-1)?.hash ?? CHAIN_START }
      all.push({ ...next, hash: rowHash(next, null) })
    }
  }
  return all
}

async function verdictOn(rows: readonly AuditRow[], options: Partial<VerifyOptions> = {}, known = keys) {
  const keyOf = async (id: string) => known.all.find((key) => key.id === id)?.key ?? null
  async function* walked() {
    yield* rows
  }
  return verifyRows(walked(), { keyOf, anchor: null, ends: [], ...options })
}
const firstBroken = async (rows: readonly AuditRow[]) => (await verdictOn(rows)).firstBroken
const endOf = (rows: readonly AuditRow[]) => {
  const end = rows.at(-1)
  if (!end) throw new Error('no row')
  return end
}

test('U-02 an untouched chain is intact, and keyed from its first row on', async () => {
  expect(chainOf(1)[0]?.previousHash).toBe(CHAIN_START)
  expect(await verdictOn(chainOf(5))).toEqual({
    intact: true,
    firstBroken: null,
    fault: null,
    from: chainOf(1)[0]?.at.toISOString(),
    to: endOf(chainOf(5)).at.toISOString(),
    keyedFrom: 1,
    anchor: null,
  })
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
])('U-02 a row whose %s was edited breaks the chain there', async (_, edit) => {
  const rows = chainOf(4).map((row) => (row.sequence === 3n ? { ...row, ...edit } : row))
  expect(await firstBroken(rows)).toBe(3)
})

test.each([1, 2, 4])(
  'U-02 row %i edited and hashed again with all after it is found: the key is not in the database',
  async (at) => {
    const edited = chainOf(4).map((row) => (row.sequence === BigInt(at) ? { ...row, result: 'failed' } : row))
    const { intact, firstBroken: brokenAt } = await verdictOn(rehashed(edited, at), { anchor: endOf(chainOf(4)) })
    // Hashed without a key from the first row on it looks like a log from before there were keys: only the stored end of the log shows it.
    expect([intact, brokenAt]).toEqual([false, at === 1 ? 4 : at])
  },
)

test.each([
  ['removed', [0, 1, 3]],
  ['swapped', [0, 2, 1, 3]],
  ['doubled', [0, 1, 1, 2, 3]],
  ['removed first', [1, 2, 3]],
])('U-02 a %s row breaks the chain', async (_, order) => {
  const rows = chainOf(4)
  expect(await firstBroken(order.flatMap((at) => rows[at] ?? []))).toBeGreaterThan(0)
})

describe('U-02 rows removed at the end', () => {
  test('are noticed by the end that is kept outside of the table, also after new rows were added', async () => {
    const rows = chainOf(6)
    const anchor = endOf(rows)
    expect(await verdictOn(rows, { anchor })).toMatchObject({ intact: true, anchor: { state: 'matches', sequence: 6 } })
    const cut = rows.slice(0, 3)
    const verdict = { intact: false, fault: 'end-missing', anchor: { state: 'missing', sequence: 6 } }
    expect(await verdictOn(cut, { anchor })).toMatchObject({ ...verdict, firstBroken: 4 })
    const grown = [...cut]
    for (let n = 0; n < 5; n++) grown.push(nextRow({ ...saved, subject: 'later' }, now, endOf(grown), keys.current))
    expect(await verdictOn(grown, { anchor })).toMatchObject({ ...verdict, firstBroken: 6 })
    expect(await verdictOn([], { anchor })).toMatchObject({ ...verdict, firstBroken: 1 })
  })

  test('are noticed by an end from a log line or a backup', async () => {
    const rows = chainOf(6)
    const ends = [endOf(rows.slice(0, 2)), endOf(rows)]
    expect(await verdictOn(rows, { ends })).toMatchObject({ intact: true })
    expect(await verdictOn(rows.slice(0, 5), { ends })).toMatchObject({
      intact: false,
      firstBroken: 6,
      fault: 'end-missing',
    })
  })

  test('are not confused with a restore, which leaves a row that only who has a key can write', async () => {
    const later = new Date(now.getTime() + 1_000)
    const restored = chainOf(3)
    restored.push(nextRow({ ...saved, action: 'backup.restore' }, later, endOf(restored), keys.current))
    const anchor = endOf(chainOf(6))
    expect(await verdictOn(restored, { anchor })).toMatchObject({ intact: true, anchor: { state: 'restored-since' } })
    // The same restore, but before the kept end; and a restore that was forged.
    expect(await verdictOn(restored, { anchor: { ...anchor, at: later } })).toMatchObject({ intact: false })
    expect(await verdictOn(rehashed(restored, 1), { anchor })).toMatchObject({ intact: false })
    const refused = [...chainOf(3)]
    const refusal = { ...saved, action: 'backup.restore', result: 'refused' } as const
    refused.push(nextRow(refusal, later, endOf(refused), keys.current))
    expect(await verdictOn(refused, { anchor })).toMatchObject({ intact: false, anchor: { state: 'missing' } })
    const unknown = chainKeys([sealingKey('k9', 9)], sessionSecret).current
    const forged = [...chainOf(3)]
    forged.push(nextRow({ ...saved, action: 'backup.restore' }, later, endOf(forged), unknown))
    expect(await verdictOn(forged, { anchor })).toMatchObject({ intact: false, anchor: { state: 'missing' } })
  })
})

describe('U-02 keys of the audit log', () => {
  test('rows from before it was keyed are pinned by the first keyed row', async () => {
    const old = rehashed(chainOf(3), 1)
    const rows = [...old]
    for (let n = 0; n < 2; n++) rows.push(nextRow(saved, now, endOf(rows), keys.current))
    expect(await verdictOn(rows)).toMatchObject({ intact: true, keyedFrom: 4 })
    const edited = old.map((row) => (row.sequence === 2n ? { ...row, actorName: 'other@contoso.example' } : row))
    const relinked = [...rehashed(edited, 2), ...rows.slice(3)]
    expect(await verdictOn(relinked)).toMatchObject({ intact: false, firstBroken: 4 })
  })

  test('a row without a key after one with a key is found', async () => {
    expect(await verdictOn(rehashed(chainOf(4), 3))).toMatchObject({ intact: false, firstBroken: 3, fault: 'changed' })
  })

  test('a key that is not here leaves rows unchecked, which is not intact; a change elsewhere is still found', async () => {
    const both = chainKeys([sealingKey('k2', 2), sealingKey('k1', 1)], sessionSecret)
    const rows = chainOf(3)
    for (let n = 0; n < 2; n++) rows.push(nextRow(saved, now, endOf(rows), both.current))
    expect(await verdictOn(rows, {}, both)).toMatchObject({ intact: true })
    expect(await verdictOn(rows)).toMatchObject({ intact: false, firstBroken: 4, fault: 'key-missing' })
    const edited = rows.map((row) => (row.sequence === 2n ? { ...row, result: 'failed' } : row))
    expect(await verdictOn(edited)).toMatchObject({ firstBroken: 2, fault: 'changed' })
  })

  test('another key under the same id of a sealing key has another id', () => {
    const other = chainKeys([sealingKey('k1', 9)], sessionSecret)
    expect(other.current.id).toMatch(/^k1\./)
    expect(other.current.id).not.toBe(keys.current.id)
  })

  test('without a sealing key the session secret protects the audit log', async () => {
    const alone = chainKeys([], sessionSecret)
    expect(await verdictOn(chainOf(2, alone))).toMatchObject({ intact: true, keyedFrom: 1 })
  })
})

test('the order of details does not matter, as the database does not keep it', () => {
  const [row] = chainOf(1)
  if (!row) throw new Error('no row')
  expect(rowHash({ ...row, details: { secret: 'changed', version: 3 } }, keys.current.key)).toBe(row.hash)
})

test('S-14 text of any kind is stored in bounded form, without control characters or halves of characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const row = nextRow({ ...saved, subject: text, details: { text } }, now, null, keys.current)
      expect(row.subject?.length).toBeLessThanOrEqual(AUDIT_TEXT_CHARS_MAX)
      expect(row.subject).not.toMatch(/[\p{Cc}\p{Cs}]/u)
      expect(row.details.text).toBe(row.subject)
    }),
  )
  expect(nextRow({ ...saved, subject: 'a\u0000b\r\nc\ud800' }, now, null, keys.current).subject).toBe(
    'a\ufffdb\ufffd\ufffdc\ufffd',
  )
})

test('S-09 U-02 rows written without a sealing key can be checked after another session secret was put back', async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'postroom-chain-'))
  try {
    const place = { dataDir, keys: [], authSecret: sessionSecret }
    const rows = chainOf(2, chainKeysIn(place))
    const back = {
      dataDir,
      keys: [sealingKey('k1', 1)],
      authSecret: new Redacted('the session secret of before, put back'),
    }
    const under = chainKeysIn(back)
    expect(under.current.id).toMatch(/^k1\./)
    rows.push(nextRow(saved, now, endOf(rows), under.current))
    expect(await verdictOn(rows, {}, under)).toMatchObject({ intact: true })
    expect(await verdictOn(rows, {}, chainKeys(back.keys, back.authSecret))).toMatchObject({ fault: 'key-missing' })
    expect(statSync(path.join(dataDir, 'audit-session-keys')).mode & 0o777).toBe(0o600)
  } finally {
    rmSync(dataDir, { recursive: true })
  }
})
