import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testChainKeys } from '../../../tests/support/chain-keys'
import { databaseOfEach } from '../../../tests/support/each-database'
import { chainKeys } from '../../crypto/audit-keys'
import { systemClock } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { anchorFile, anchorPath } from '../anchor'
import type { AuditEntry } from '../entry'
import { moveAnchor } from './anchor'
import { createAuditLog } from './log'

const entry: AuditEntry = {
  action: 'mail-server.save',
  actor: { kind: 'command-line', user: 'root' },
  origin: { address: null, requestId: 'r' },
  result: 'done',
  subject: null,
  details: {},
}
const database = databaseOfEach()
let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'postroom-anchor-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const log = (folder = dataDir) => createAuditLog(database.db, systemClock, { dataDir: folder })
const move = (folder = dataDir) => moveAnchor(database.db, anchorFile(folder, testChainKeys))
async function record(rows: number): Promise<void> {
  for (let n = 0; n < rows; n++) await log().record(entry)
}
/** As an attacker with the rights of the tables' owner does. */
async function past(sql: string): Promise<void> {
  await database.db.$transaction([
    database.db.$executeRaw`SET LOCAL session_replication_role = replica`,
    database.db.$executeRawUnsafe(sql),
  ])
}

test('U-02 rows removed at the end are found, and the anchor does not follow them', async () => {
  expect(await move()).toEqual({ state: 'kept', end: null })
  await record(5)
  expect(await move()).toMatchObject({ state: 'kept', end: { sequence: 5n } })
  expect(await log().verify()).toMatchObject({ intact: true, anchor: { state: 'matches', sequence: 5 } })
  await past('DELETE FROM "AuditEvent" WHERE sequence > 3')
  await record(4)
  for (let beat = 0; beat < 2; beat++) expect(await move()).toMatchObject({ state: 'lost' })
  expect(await log().verify()).toMatchObject({ intact: false, firstBroken: 5, fault: 'end-missing' })
  await past('DELETE FROM "AuditEvent"')
  expect(await move()).toEqual({ state: 'lost', end: null })
})

test('U-02 an anchor that is behind, as after a crash between a commit and its anchor, is not a fault', async () => {
  await record(2)
  await move()
  writeFileSync(`${anchorPath(dataDir)}.${randomUUID()}`, 'half')
  await record(2)
  expect(await log().verify()).toMatchObject({ intact: true, anchor: { state: 'matches', sequence: 2 } })
  await move()
  expect(await log().verify()).toMatchObject({ intact: true, anchor: { state: 'matches', sequence: 4 } })
  expect(statSync(anchorPath(dataDir)).mode & 0o777).toBe(0o600)
  expect(readdirSync(dataDir)).toEqual(['audit-anchor.json'])
})

test('U-02 every host keeps its anchor of the one log', async () => {
  const other = mkdtempSync(path.join(os.tmpdir(), 'postroom-anchor-'))
  try {
    await record(2)
    await move()
    await record(2)
    await move(other)
    expect(await log().verify()).toMatchObject({ intact: true, anchor: { sequence: 2 } })
    await past('DELETE FROM "AuditEvent" WHERE sequence = 4')
    expect(await log().verify()).toMatchObject({ intact: true })
    expect(await log(other).verify()).toMatchObject({ intact: false, firstBroken: 4 })
  } finally {
    rmSync(other, { recursive: true })
  }
})

test('U-02 after a restore the earlier anchor shows nothing, is not a fault, and moves', async () => {
  await record(5)
  await move()
  await past('DELETE FROM "AuditEvent" WHERE sequence > 1')
  await log().record({ ...entry, action: 'backup.restore' })
  expect(await log().verify()).toMatchObject({ intact: true, anchor: { state: 'restored-since', sequence: 5 } })
  expect(await move()).toMatchObject({ state: 'kept', end: { sequence: 2n } })
  expect(await log().verify()).toMatchObject({ intact: true, anchor: { state: 'matches', sequence: 2 } })
})

test('U-02 the anchor follows no removal because of a restore before it, one that was refused, or a row that claims one', async () => {
  const restore = { ...entry, action: 'backup.restore' } as const
  await log().record(restore)
  await record(4)
  await move()
  await past('DELETE FROM "AuditEvent" WHERE sequence > 3')
  expect(await move()).toMatchObject({ state: 'lost' })
  await log().record({ ...restore, result: 'refused' })
  expect(await move()).toMatchObject({ state: 'lost' })
  await past(`UPDATE "AuditEvent" SET result = 'done' WHERE sequence = 4`)
  expect(await move()).toMatchObject({ state: 'lost' })
})

test('U-02 an anchor that was changed by hand, or is under a key that is not here, is not believed', async () => {
  await record(3)
  await move()
  const text = readFileSync(anchorPath(dataDir), 'utf8')
  const verdict = { intact: true, anchor: { state: 'unreadable' } }
  for (const changed of [text.replace('"sequence":"3"', '"sequence":"1"'), text.replace('"at":"2', '"at":"1'), '']) {
    writeFileSync(anchorPath(dataDir), changed)
    expect(await log().verify(), changed).toMatchObject(verdict)
  }
  rmSync(anchorPath(dataDir))
  symlinkSync('/dev/null', anchorPath(dataDir))
  expect(await log().verify()).toMatchObject(verdict)
  rmSync(anchorPath(dataDir))
  writeFileSync(anchorPath(dataDir), text)
  const elsewhere = chainKeys([], new Redacted('another session secret, long enough too'))
  expect(anchorFile(dataDir, elsewhere).read()).toBe('unreadable')
  expect(readdirSync(dataDir)).toEqual(['audit-anchor.json'])
})
