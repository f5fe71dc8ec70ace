import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { DerivedKey } from '../../kernel/derive-key'
import { Redacted } from '../../kernel/redacted'
import type { BackupHeader } from './header'
import { inspectBackup, openBackup } from './read'
import { Scanner } from './scanner'
import { backupKeys } from './signature'
import { type TableRows, writeBackup } from './write'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-backup-'))
  file = path.join(folder, 'a.postroom-backup')
})
afterEach(() => rmSync(folder, { recursive: true }))

const [KEY] = backupKeys([{ kid: 'k1', key: new Redacted(Buffer.alloc(32, 7).toString('base64')) }]) as [DerivedKey]
const CONTENT: Record<string, string[]> = {
  Empty: [],
  Tricky: ['\\\\.', '\\N\t\\\\.\\n', '', '\\\\.x', 'é\t🦉'],
  Long: [randomBytes(150_000).toString('base64'), 'y', '\\\\'.repeat(50_000)],
}
const counted = (rows: Record<string, string[]>) =>
  Object.entries(rows).map(([name, lines]) => ({ name, columns: ['id'], rows: lines.length }))
const header = (change: Partial<BackupHeader> = {}): BackupHeader => ({
  postroomBackup: 2,
  createdAt: '2026-11-25T00:00:00.000Z',
  productVersion: '0.1.0',
  baseUrl: 'https://mail.contoso.example',
  migrations: ['0001_init'],
  keyIds: ['k1'],
  signedBy: KEY.id,
  auditEnd: { sequence: '12', hash: 'ab' },
  sessionSecretMark: 'm',
  tables: counted(CONTENT),
  sequences: [],
  leftOut: ['Session'],
  ...change,
})

/** @param partBytes how the rows are cut: at places that PostgreSQL does not care about. */
async function* tablesOf(rows = CONTENT, partBytes = 65_536): AsyncGenerator<TableRows> {
  for (const [name, lines] of Object.entries(rows)) yield { name, rows: parts(lines, partBytes) }
}
async function* parts(lines: string[], partBytes: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes)
}
const write = (
  wish: { header?: BackupHeader; tables?: AsyncIterable<TableRows>; force?: boolean; key?: DerivedKey | null } = {},
) =>
  writeBackup(file, wish.header ?? header(), wish.tables ?? tablesOf(), {
    force: wish.force ?? false,
    key: wish.key === undefined ? KEY : wish.key,
  })

async function contentRead(): Promise<Record<string, string[]>> {
  const backup = await openBackup(file)
  const rowsByTable: Record<string, string[]> = {}
  for await (const { table, rows } of backup.tables) {
    const all: Buffer[] = []
    for await (const part of rows) all.push(part)
    rowsByTable[table.name] = Buffer.concat(all).toString().split('\n').slice(0, -1)
  }
  return rowsByTable
}

test('rows end at their mark alone, however the stream is cut', async () => {
  const rows = 'one\ntwo\\\\.\nthree\n'
  const bytes = Buffer.from(`head\n${rows}\\.\ntail\n`)
  for (let size = 1; size <= bytes.length; size++) {
    const cut = async function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const scanner = new Scanner(cut(), () => {})
    expect(String(await scanner.line())).toBe('head')
    const parts: Buffer[] = []
    for await (const part of scanner.rows()) parts.push(part)
    expect(String(Buffer.concat(parts))).toBe(rows)
    expect(String(await scanner.line())).toBe('tail')
  }
})

test('a line that does not end is not read into memory', async () => {
  let read = 0
  const endless = async function* () {
    for (; read < 5_000_000; read += 65_536) yield Buffer.alloc(65_536)
  }
  expect(await new Scanner(endless(), () => {}).line()).toBeNull()
  expect(read).toBeLessThan(2_000_000)
})

test.each([1, 2, 3, 5, 65_536])('what was written is read, cut into parts of %i bytes', async (partBytes) => {
  const small = { ...CONTENT, Long: ['x', 'y', '\\\\\\\\'] }
  const rows = partBytes < 10 ? small : CONTENT
  expect(await write({ header: header({ tables: counted(rows) }), tables: tablesOf(rows, partBytes) })).toEqual({
    ok: true,
    value: { bytes: statSync(file).size },
  })
  expect(await inspectBackup(file, [KEY])).toEqual({
    ok: true,
    value: {
      header: header({ tables: counted(rows) }),
      origin: 'this-deployment',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  })
  expect(await contentRead()).toEqual(rows)
})

test('only its owner reads it, and any gunzip shows what is in it', async () => {
  await write()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const [first = ''] = gunzipSync(readFileSync(file)).toString().split('\n')
  expect(JSON.parse(first)).toEqual(header())
})

test('a file that is there stays as it is, unless asked for, and no table is read for it', async () => {
  writeFileSync(file, 'precious')
  // biome-ignore lint/correctness/useYield: no table may be read
  const unread = async function* (): AsyncGenerator<TableRows> {
    expect.unreachable('the tables are read')
  }
  expect(await write({ tables: unread() })).toEqual({ ok: false, error: { kind: 'exists', file } })
  expect(readFileSync(file, 'utf8')).toBe('precious')
  expect((await write({ force: true })).ok).toBe(true)
  expect((await inspectBackup(file, [KEY])).ok).toBe(true)
})

describe('S-12 who made it', () => {
  /** Changed by an attacker who knows the format and has corrected the checksum. */
  function forge(change: (text: string) => string): void {
    const text = change(gunzipSync(readFileSync(file)).toString())
    const at = text.lastIndexOf('{"sha256"')
    const end = JSON.parse(text.slice(at)) as { sha256: string; hmac?: string }
    const sha256 = createHash('sha256').update(text.slice(0, at)).digest('hex')
    writeFileSync(file, gzipSync(`${text.slice(0, at)}${JSON.stringify({ ...end, sha256 })}\n`))
  }

  test('content that was changed, with a sum that fits, is refused by the deployment that has the key', async () => {
    await write()
    forge((text) => text.replace('é\t', 'e\t'))
    expect(await inspectBackup(file, [KEY])).toEqual({ ok: false, error: { kind: 'forged', keyId: KEY.id } })
    await write({ force: true })
    forge((text) => text.replace(/,"hmac":"\w+"/, ''))
    expect(await inspectBackup(file, [KEY])).toMatchObject({ ok: false, error: { kind: 'forged' } })
  })

  test('without the key or without a signature the origin is unknown, and the backup is not rejected', async () => {
    await write()
    const [other] = backupKeys([{ kid: 'k1', key: new Redacted(Buffer.alloc(32, 8).toString('base64')) }])
    for (const keys of [[], other ? [other] : []])
      expect(await inspectBackup(file, keys)).toMatchObject({ ok: true, value: { origin: 'key-missing' } })
    await write({ force: true, key: null })
    expect(await inspectBackup(file, [KEY])).toMatchObject({ ok: true, value: { origin: 'unsigned' } })
  })

  test.each([
    ['a table under another name', (text: string) => text.replace('{"table":"Empty"}', '{"table":"Other"}')],
    ['rows without the name of their table', (text: string) => text.replace('{"table":"Empty"}', 'x')],
    ['a row too few', (text: string) => text.replace('é\t🦉\n', '')],
    ['a first line that lacks something', (text: string) => text.replace('"keyIds":["k1"],', '')],
  ])('without a signature %s is refused although the sum fits', async (_, change) => {
    await write({ key: null })
    forge(change)
    expect(await inspectBackup(file, [KEY])).toMatchObject({ ok: false, error: { kind: 'damaged' } })
  })

  test('an unsigned backup of the previous format is read', async () => {
    await write({ key: null })
    forge((text) =>
      text
        .replace('"postroomBackup":2', '"postroomBackup":1')
        .replace(/"auditEnd":\{[^}]*\},/, '')
        .replace(/,"signedBy":null/, ''),
    )
    expect(await inspectBackup(file, [KEY])).toMatchObject({
      ok: true,
      value: { origin: 'unsigned', header: { postroomBackup: 1, signedBy: null, auditEnd: null } },
    })
  })
})

test('if two are written at once, one gets the name and the other says so', async () => {
  const both = await Promise.all([write(), write()])
  expect(both.filter(({ ok }) => ok)).toHaveLength(1)
  expect(both.find(({ ok }) => !ok)).toEqual({ ok: false, error: { kind: 'exists', file } })
  expect(readdirSync(folder)).toEqual([path.basename(file)])
})

test('what the tables throw is thrown, and nothing is left', async () => {
  async function* broken(): AsyncGenerator<TableRows> {
    yield* tablesOf({ Empty: [] })
    throw new Error('the database is gone')
  }
  await expect(write({ tables: broken() })).rejects.toThrow('the database is gone')
  expect(readdirSync(folder)).toEqual([])
})

test('F-51 a place that cannot be written is a value with its reason, and nothing is left', async () => {
  const problemAt = async (place: string) => {
    file = place
    const written = await write()
    return written.ok || written.error.kind !== 'not-written' ? written : written.error.message
  }
  expect(await problemAt(path.join(folder, 'nowhere', 'a'))).toBe(`there is no folder ${path.join(folder, 'nowhere')}`)
  expect(await problemAt('/dev/full/a')).toMatch(/^ENOTDIR: .* '\/dev\/full\/a'$/)
  expect(readdirSync(folder)).toEqual([])
})

test.each(['without', 'with'])(
  'only a file is replaced or read, not a folder or a device, %s --force',
  async (force) => {
    for (const place of [folder, '/dev/full']) {
      file = place
      const message = `${place} is a folder or a device. Name a file`
      expect(await write({ force: force === 'with' })).toMatchObject({
        ok: false,
        error: { kind: 'not-written', message },
      })
      expect(await inspectBackup(place, [KEY])).toEqual({ ok: false, error: { kind: 'unreadable', message } })
    }
    expect(readdirSync(folder)).toEqual([])
  },
)

describe('R-19 a file that is not what was written is refused', () => {
  const SAMPLES = process.env.SOAK ? 2_000 : 120
  vi.setConfig({ testTimeout: process.env.SOAK ? 300_000 : 20_000 })

  test(`cut off at any of ${SAMPLES} places`, async () => {
    await write()
    const whole = readFileSync(file)
    for (let n = 0; n < SAMPLES; n++) {
      writeFileSync(file, whole.subarray(0, Math.floor((whole.length * n) / SAMPLES)))
      expect((await inspectBackup(file, [KEY])).ok, `after ${n} of ${SAMPLES}`).toBe(false)
    }
  })

  test(`a bit turned at any of ${SAMPLES} places`, async () => {
    await write()
    const whole = readFileSync(file)
    let refused = 0
    // The first ten bytes are gzip's own, and say nothing of the content.
    for (let n = 0; n < SAMPLES; n++) {
      const altered = Buffer.from(whole)
      const at = 10 + Math.floor(((whole.length - 10) * n) / SAMPLES)
      altered[at] = (altered[at] ?? 0) ^ (1 << (n % 8))
      writeFileSync(file, altered)
      // Compressed text can say the same thing in two ways; what is not refused is what was written.
      if ((await inspectBackup(file, [KEY])).ok) expect(await contentRead(), `byte ${at}`).toEqual(CONTENT)
      else refused++
    }
    expect(refused).toBeGreaterThan(SAMPLES * 0.9)
  })

  const altered = (change: (text: string) => string) => {
    writeFileSync(file, gzipSync(change(gunzipSync(readFileSync(file)).toString())))
    return inspectBackup(file, [KEY])
  }

  test.each([
    ['a row changed by hand', (text: string) => text.replace('é\t', 'e\t')],
    ['a row taken out', (text: string) => text.replace('é\t🦉\n', '')],
    ['a table taken out', (text: string) => text.replace('{"table":"Empty"}\n\\.\n', '')],
    ['another key id', (text: string) => text.replace('"k1"', '"k2"')],
    ['a second end', (text: string) => `${text}more\n`],
    ['no end', (text: string) => text.replace(/\{"sha256".*\n/, '')],
  ])('%s', async (_, change) => {
    await write()
    expect(await altered(change)).toMatchObject({ ok: false, error: { kind: 'damaged' } })
  })

  test.each(['more', '\0\0\0\0'])('%j behind it', async (more) => {
    await write()
    writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from(more)]))
    expect(await inspectBackup(file, [KEY])).toMatchObject({ ok: false, error: { kind: 'damaged' } })
  })

  test('another format, another file, no file', async () => {
    await write()
    expect(await altered((text) => text.replace('"postroomBackup":2', '"postroomBackup":3'))).toEqual({
      ok: false,
      error: { kind: 'newer-format', format: 3 },
    })
    for (const content of ['', 'hello', gzipSync('hello'), gzipSync('{}\n')]) {
      writeFileSync(file, content)
      expect(await inspectBackup(file, [KEY])).toEqual({ ok: false, error: { kind: 'not-a-backup' } })
    }
    rmSync(file)
    expect(await inspectBackup(file, [KEY])).toMatchObject({
      ok: false,
      error: { kind: 'unreadable', message: expect.stringContaining('ENOENT') },
    })
  })

  test('a file that the system cannot read is not waited for', async () => {
    expect(await inspectBackup('/proc/self/mem', [KEY])).toMatchObject({
      ok: false,
      error: { kind: 'unreadable', message: expect.stringContaining('EIO') },
    })
  })
})
