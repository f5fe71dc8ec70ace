import { randomBytes } from 'node:crypto'
import { CompactEncrypt } from 'jose'
import { expect, test } from 'vitest'
import { type SealedText, systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { createVault, type SealingKey } from './vault'

const key = (kid: string, bytes = randomBytes(32)): SealingKey => ({ kid, key: new Redacted(bytes.toString('base64')) })
const k1 = key('k1')
const vault = createVault([k1], systemClock)
const secret = new Redacted('Xy8Q~0aBcDeFgHiJkLmNoPqRsTuVwXyZ')
const binding = {
  purpose: 'mail-server-credential',
  rowId: 'row-1',
  context: '["smtp","a.example",587,"starttls","u"]',
}

test('S-05 a sealed text opens where it was sealed for, and nowhere else', async () => {
  const sealed = await vault.seal(secret, binding)
  const opened = await vault.open(sealed, binding)
  expect(opened.ok && opened.value.reveal()).toBe(secret.reveal())
  for (const other of [
    { ...binding, purpose: 'something-else' },
    { ...binding, rowId: 'row-2' },
  ])
    expect(await vault.open(sealed, other)).toEqual({ ok: false, error: { kind: 'not-openable' } })
  for (const context of ['["smtp","b.example",587,"starttls","u"]', ''])
    expect(await vault.open(sealed, { ...binding, context })).toEqual({
      ok: false,
      error: { kind: 'elsewhere', context: binding.context },
    })
})

test('S-05 a sealed text opens as its kind alone, and one of an earlier version as any', async () => {
  const sealed = await vault.seal(secret, { ...binding, kind: 'certificate' })
  expect((await vault.open(sealed, { ...binding, kind: 'certificate' })).ok).toBe(true)
  for (const other of [{ ...binding, kind: 'client-secret' }, binding])
    expect(await vault.open(sealed, other)).toEqual({ ok: false, error: { kind: 'not-openable' } })
  expect((await vault.open(await vault.seal(secret, binding), { ...binding, kind: 'client-secret' })).ok).toBe(true)
})

test('S-05 rewriting the binding in the header makes it unreadable: the header is authenticated', async () => {
  const sealed = await vault.seal(secret, binding)
  const [header = '', ...rest] = sealed.split('.')
  const moved = {
    ...JSON.parse(Buffer.from(header, 'base64url').toString()),
    postroom: ['mail-server-credential', 'row-2', ''],
  }
  const forged = [Buffer.from(JSON.stringify(moved)).toString('base64url'), ...rest].join('.') as SealedText
  expect(await vault.open(forged, { ...binding, rowId: 'row-2', context: '' })).toEqual({
    ok: false,
    error: { kind: 'not-openable' },
  })
})

test('S-07 the same key opens no text of another cipher', async () => {
  const header = { alg: 'dir', enc: 'A128CBC-HS256', kid: 'k1', postroom: Object.values(binding) }
  const encrypting = new CompactEncrypt(Buffer.from('secret')).setProtectedHeader(header)
  const sealed = (await encrypting.encrypt(Buffer.from(k1.key.reveal(), 'base64'))) as SealedText
  expect(await vault.open(sealed, binding)).toEqual({ ok: false, error: { kind: 'not-openable' } })
})

test('a text for another context under another key, or altered, is not said to be meant for elsewhere', async () => {
  const sealed = await vault.seal(secret, binding)
  const other = { ...binding, context: '' }
  const notOpenable = { ok: false, error: { kind: 'not-openable' } }
  expect(await createVault([key('k1')], systemClock).open(sealed, other)).toEqual(notOpenable)
  expect(await vault.open(`${sealed.slice(0, -4)}AAAA` as SealedText, other)).toEqual(notOpenable)
})

test('S-07 every changed character is noticed', async () => {
  const sealed = await vault.seal(secret, binding)
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed[at] === 'A' ? 'Q' : 'A'
    const altered = (sealed.slice(0, at) + changed + sealed.slice(at + 1)) as SealedText
    const opened = await vault.open(altered, binding)
    // The last character of a base64url part may carry spare bits, which decode to the same bytes.
    if (opened.ok) expect(bytesOf(altered)).toEqual(bytesOf(sealed))
  }
  for (const broken of ['', 'x', '....', sealed.slice(0, -1), `${sealed}.`, 'x'.repeat(100_000)])
    expect((await vault.open(broken as SealedText, binding)).ok).toBe(false)
})
const bytesOf = (sealed: string): string[] =>
  sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))

const [SEALED, LIMIT_MS] = process.env.SOAK ? [100_000, 300_000] : [5_000, 20_000]
test('S-07 no initialisation vector comes twice, and the tag has 128 bits', { timeout: LIMIT_MS }, async () => {
  const ivs = new Set<string>()
  for (let n = 0; n < SEALED; n++) {
    const [, , iv = '', , tag = ''] = (await vault.seal(secret, binding)).split('.')
    expect(Buffer.from(iv, 'base64url')).toHaveLength(12)
    expect(Buffer.from(tag, 'base64url')).toHaveLength(16)
    ivs.add(iv)
  }
  expect(ivs.size).toBe(SEALED)
})

test('S-07 a text sealed by an earlier build still opens', async () => {
  const known = createVault(
    [{ kid: 'k1', key: new Redacted(Buffer.from(KNOWN_KEY, 'hex').toString('base64')) }],
    systemClock,
  )
  const opened = await known.open(KNOWN_SEALED as SealedText, { purpose: 'known', rowId: 'row', context: 'there' })
  expect(opened.ok && opened.value.reveal()).toBe('a known secret')
})

test('S-09 without the key its id is named; with it back, the same bytes open', async () => {
  const sealed = await vault.seal(secret, binding)
  const otherVault = createVault([key('k2')], systemClock)
  expect(await otherVault.open(sealed, binding)).toEqual({ ok: false, error: { kind: 'key-missing', kid: 'k1' } })
  expect(await createVault([], systemClock).open(sealed, binding)).toMatchObject({ error: { kind: 'key-missing' } })
  expect((await createVault([key('k2'), k1], systemClock).open(sealed, binding)).ok).toBe(true)
})

test('S-10 one bit off under the same id does not open', async () => {
  const sealed = await vault.seal(secret, binding)
  const bytes = Buffer.from(k1.key.reveal(), 'base64')
  bytes[31] = (bytes[31] ?? 0) ^ 1
  expect(await createVault([key('k1', bytes)], systemClock).open(sealed, binding)).toEqual({
    ok: false,
    error: { kind: 'not-openable' },
  })
})

test('U-01 a digest is stable, keyed, and differs for different texts', () => {
  expect(vault.digest('a')).toBe(vault.digest('a'))
  expect(vault.digest('a')).not.toBe(vault.digest('b'))
  expect(vault.digest('a')).not.toBe(createVault([key('k1')], systemClock).digest('a'))
  expect(Buffer.from(vault.digest('a'), 'base64url')).toHaveLength(16)
})

const KNOWN_KEY = '0f1e2d3c4b5a69788796a5b4c3d2e1f000112233445566778899aabbccddeeff'
const KNOWN_SEALED =
  'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoiazEiLCJpYXQiOjE3OTg3NjE2MDAsInBvc3Ryb29tIjpbImtub3duIiwicm93IiwidGhlcmUiXX0..GSgKgXKoLOUYWt52.MRnzoKDquAiayh8dxBw.Pp5EpyR7gnRm5ZRU4WkWvQ'
