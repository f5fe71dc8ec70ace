import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { writeBackup } from './write'

/** What the file system answers to a link. */
const link = vi.hoisted(() => ({ code: '', before: () => {} }))
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  linkSync() {
    link.before()
    throw Object.assign(new Error(`${link.code}: link`), { code: link.code })
  },
}))

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-backup-'))
  file = path.join(folder, 'a.postroom-backup')
  link.before = () => {}
})
afterEach(() => rmSync(folder, { recursive: true }))

async function* noTables() {}
const write = () => writeBackup(file, { postroomBackup: 2 } as never, noTables(), { force: false, key: null })

test.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
  'R-19 a file system without links, which answers %s, gets the backup too',
  async (code) => {
    link.code = code
    expect(await write()).toMatchObject({ ok: true })
    expect(gunzipSync(readFileSync(file)).toString()).toContain('"postroomBackup":2')
    expect(readdirSync(folder)).toEqual([path.basename(file)])
  },
)

test('R-19 there a file that got the name in the meantime stays as it is', async () => {
  link.code = 'EPERM'
  link.before = () => writeFileSync(file, 'precious')
  expect(await write()).toEqual({ ok: false, error: { kind: 'exists', file } })
  expect(readFileSync(file, 'utf8')).toBe('precious')
})

test('F-51 another fault of the file system is a value with its reason, and nothing is left', async () => {
  link.code = 'EIO'
  expect(await write()).toEqual({ ok: false, error: { kind: 'not-written', file, message: 'EIO: link' } })
  expect(readdirSync(folder)).toEqual([])
})

test('F-51 a full disk is a value that says where to free space, and nothing is left', async () => {
  link.code = 'ENOSPC'
  const message = `ENOSPC: link. Free space in ${folder}`
  expect(await write()).toEqual({ ok: false, error: { kind: 'not-written', file, message } })
  expect(readdirSync(folder)).toEqual([])
})
