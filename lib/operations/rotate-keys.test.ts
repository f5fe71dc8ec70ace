import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundledProcess } from '../../tests/support/bundled-process'
import { waitingFor } from '../../tests/support/locks'
import { caller, createWorld, newKey, saved, tested, type World } from '../../tests/support/mail-server'
import { createAuditLog } from '../audit'
import { chainKeys } from '../crypto/audit-keys'
import { createVault } from '../crypto/vault'
import { createDb, type Db } from '../db'
import { holdPresence, runsWithAnotherKey } from '../db/maintenance/presence'
import { LEAN } from '../host/lean'
import { fail, newId, systemClock } from '../kernel'
import { destinationText } from '../kernel/destination'
import { destinationOf, storedSettings } from '../kernel/mail-server-settings'
import { Redacted } from '../kernel/redacted'
import { channelBinding, credentialBinding, type SealedText } from '../kernel/sealing'
import { beginKeyedRecord, checkKeys, type KeyRotationDeps, keyStatus, rotateKeys } from './rotate-keys'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.end())

type Key = ReturnType<typeof newKey>
const servicesWith = (keys: Key[]): KeyRotationDeps => ({
  environment: { keys, clouds: [world.cloud] },
  clock: systemClock,
  db: world.database.db,
  vault: createVault(keys, systemClock),
})
const sealedRows = () => world.database.db.credential.findMany({ orderBy: { createdAt: 'asc' } })
const oneBitOff = ({ kid, key }: Key): Key => {
  const bytes = Buffer.from(key.reveal(), 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return newKey(kid, bytes)
}

test('S-10 a wrong key is noticed at the start; the right one passes and a new one leaves its check value', async () => {
  expect(await checkKeys(servicesWith(world.keys))).toEqual([])
  expect(await checkKeys(servicesWith(world.keys))).toEqual([])
  expect(await checkKeys(servicesWith(world.keys.map(oneBitOff)))).toEqual([{ kid: 'k1', problem: 'wrong' }])
  expect(await world.database.db.keyCheck.count()).toBe(1)
  await saved(world.mailServer(), world.exchange(), 0)
  const before = await sealedRows()
  const wrong = servicesWith(world.keys.map(oneBitOff))
  expect(await rotateKeys(wrong, caller)).toEqual({ ok: false, error: { kind: 'key-wrong', kid: 'k1' } })
  expect(await sealedRows()).toEqual(before)
})

test('S-09 without its key, or with a wrong one, nothing touches the sealed text, and all is well once the key is back', async () => {
  await checkKeys(servicesWith(world.keys))
  await saved(world.mailServer(), world.exchange(), 0)
  const before = await sealedRows()
  const keep = world.exchange({ clientSecretChange: 'keep' })
  let version = 1
  for (const keys of [[], [newKey('k9')], world.keys.map(oneBitOff)]) {
    const mailServer = world.mailServer({ keys })
    const view = await mailServer.view()
    expect(view).toMatchObject({ state: 'failing', secret: { set: true, kid: 'k1', readable: false } })
    expect(
      (await tested(mailServer, keep, {}, { ...caller, actor: { kind: 'command-line', user: 'root' } })).finished
        ?.report,
    ).toMatchObject({ diagnosis: { code: 'secret-unreadable' } })
    const senderName = `With ${keys[0]?.kid ?? 'no key'}`
    expect(await saved(mailServer, { ...keep, senderName }, version)).toMatchObject({ ok: true })
    version++
    expect((await sealedRows()).filter(({ kid }) => kid === 'k1')).toEqual(before)
  }
  for (const keys of [[], world.keys.map(oneBitOff)])
    expect(await saved(world.mailServer({ keys }), world.exchange(), version)).toMatchObject({
      error: { kind: 'key-wrong', kid: 'k1' },
    })
  expect(await sealedRows()).toEqual(before)
  expect((await tested(world.mailServer(), keep)).finished?.report.outcome).toBe('accepted')
})

test('S-08 a rotation is refused while a worker runs that started without the key, though another start stored its check value', async () => {
  const url = new Redacted(world.database.url)
  await saved(world.mailServer(), world.exchange(), 0)
  const services = servicesWith([newKey('k2'), ...world.keys])
  const by = { actor: { kind: 'command-line', user: 'root' } as const, origin: caller.origin }
  await checkKeys(services)
  const [left, restarted] = [
    holdPresence(url, 'worker', world.keys),
    holdPresence(url, 'worker', services.environment.keys),
  ]
  await expect.poll(() => runsWithAnotherKey(world.database.db, 'k2')).toBe(true)
  await expect.poll(() => runsWithAnotherKey(world.database.db, 'k1')).toBe(true)
  expect(await rotateKeys(services, by)).toEqual({ ok: false, error: { kind: 'not-started', kid: 'k2' } })
  expect((await sealedRows()).map(({ kid }) => kid)).toEqual(['k1'])
  // It reads no key.
  const listener = holdPresence(url, 'listener', [])
  await expect
    .poll(
      () => world.database.db.$queryRaw`SELECT 1 FROM pg_stat_activity WHERE application_name = 'postroom listener '`,
    )
    .toHaveLength(1)
  await left.close()
  await expect.poll(() => runsWithAnotherKey(world.database.db, 'k2')).toBe(false)
  expect(await rotateKeys(services, by)).toMatchObject({ ok: true, value: { done: 1, failed: 0 } })
  await Promise.all([restarted.close(), listener.close()])
})

test('S-09 a missing key is named with what it seals', async () => {
  await saved(world.mailServer(), world.exchange(), 0)
  const status = await keyStatus(servicesWith([newKey('k2')]))
  expect(status.current).toBe('k2')
  expect(status.keys).toContainEqual({ kid: 'k1', rows: 1, mayGo: false, state: 'missing' })
  expect(await checkKeys(servicesWith([newKey('k2')]))).toEqual([{ kid: 'k1', problem: 'missing' }])
})

test('S-08 rotation seals every secret again, previous ones too, and reports that the old key may be removed', async () => {
  const mailServer = world.mailServer()
  await saved(mailServer, world.exchange(), 0)
  await saved(mailServer, world.smtpFields(), 1)
  await saved(mailServer, world.exchange({ clientSecret: 'another-Secret~of.Contoso' }), 2)
  const [k1] = world.keys
  if (!k1) throw new Error('no key')
  const both = [newKey('k2'), k1]
  const progressSteps: unknown[] = []
  expect(await rotateKeys(servicesWith(both), caller, (progress) => progressSteps.push(progress))).toEqual({
    ok: true,
    value: { done: 3, left: 0, failed: 0 },
  })
  expect(progressSteps).toHaveLength(3)
  expect((await sealedRows()).map(({ kid }) => kid)).toEqual(['k2', 'k2', 'k2'])
  expect((await keyStatus(servicesWith(both))).keys).toMatchObject([
    { kid: 'k2', rows: 3, mayGo: false, state: 'right' },
    { kid: 'k1', rows: 0, mayGo: true },
  ])
  const onlyNew = world.mailServer({ keys: both.slice(0, 1) })
  expect((await onlyNew.view()).secret).toMatchObject({ readable: true, kid: 'k2' })
  expect(await onlyNew.restore(caller, { number: 1, version: 3 })).toMatchObject({ ok: true })
  const rows = await world.database.db.auditEvent.findMany({ where: { action: 'keys.rotate' } })
  expect(rows).toHaveLength(1)
})

/** What rotates from the stored key to a new one, and a vault with the new one alone. */
function withNewKey() {
  const keys = [newKey('k2'), ...world.keys]
  return { services: servicesWith(keys), onlyNew: createVault(keys.slice(0, 1), systemClock) }
}

test('S-08 a secret that waits for a replacement, of which no revision knows, is sealed again for its destination', async () => {
  const { db } = world.database
  await saved(world.mailServer(), world.exchange(), 0)
  const { mailServerId, kind, digest, createdBy } = await db.credential.findFirstOrThrow()
  const { settings } = await db.mailServer.findUniqueOrThrow({ where: { id: mailServerId } })
  const read = storedSettings(settings)
  const destination = read && destinationOf(read, [world.cloud])
  if (!destination) throw new Error('saved above')
  const id = newId()
  const binding = credentialBinding(id, destinationText(destination), kind)
  // As an earlier version sealed it.
  const unbound = { ...binding, kind: undefined }
  const sealed = await createVault(world.keys, systemClock).seal(new Redacted('canary next'), unbound)
  await db.credential.create({ data: { id, mailServerId, kind, digest, createdBy, slot: 'next', sealed, kid: 'k1' } })
  const { services, onlyNew } = withNewKey()
  expect(await rotateKeys(services, caller)).toMatchObject({ ok: true, value: { done: 2, failed: 0 } })
  const next = await db.credential.findUniqueOrThrow({ where: { id } })
  const opened = await onlyNew.open((next.sealed ?? '') as SealedText, binding)
  expect(opened.ok && opened.value.reveal()).toBe('canary next')
  expect((await onlyNew.open((next.sealed ?? '') as SealedText, unbound)).ok).toBe(false)
})

test('S-08 U-01 a secret that opens no more when its turn comes is counted as failed, and the old key stays', async () => {
  await saved(world.mailServer(), world.exchange(), 0)
  const { services } = withNewKey()
  let opened = 0
  const open: typeof services.vault.open = (sealed, binding) =>
    ++opened === 1 ? services.vault.open(sealed, binding) : Promise.resolve(fail({ kind: 'not-openable' }))
  expect(await rotateKeys({ ...services, vault: { ...services.vault, open } }, caller)).toEqual({
    ok: true,
    value: { done: 0, left: 0, failed: 1 },
  })
  expect((await sealedRows()).map(({ kid }) => kid)).toEqual(['k1'])
  const entries = await world.database.db.auditEvent.findMany({ where: { action: 'keys.rotate' } })
  expect(entries).toMatchObject([{ result: 'failed', details: { failed: 1 } }])
})

test('S-08 a secret that is replaced while it is sealed again is not put back', async () => {
  const { db } = world.database
  const id = newId()
  const binding = channelBinding(id, 'webhook')
  const old = createVault(world.keys, systemClock)
  const sealed = (text: string) => old.seal(new Redacted(text), binding)
  const at = new Date()
  const channel = { id, kind: 'webhook', name: 'x', createdBy: 'x', createdAt: at, updatedAt: at, kid: 'k1' }
  await db.notificationChannel.create({ data: { ...channel, sealed: await sealed('canary before') } })
  const { services, onlyNew } = withNewKey()
  await checkKeys(services)
  const { rotating } = await db.$transaction(async (tx) => {
    await tx.notificationChannel.update({ where: { id }, data: { sealed: await sealed('canary after') } })
    const rotating = rotateKeys(services, caller)
    await expect.poll(() => waitingFor(tx)).toBe(1)
    return { rotating }
  })
  expect(await rotating).toMatchObject({ ok: true, value: { done: 1, failed: 0 } })
  const stored = await db.notificationChannel.findUniqueOrThrow({ where: { id } })
  const opened = await onlyNew.open((stored.sealed ?? '') as SealedText, binding)
  expect(opened.ok && opened.value.reveal()).toBe('canary after')
})

test('S-08 interrupted after each row, rotation continues where it stopped, and verified revisions stay verified', async () => {
  const mailServer = world.mailServer()
  await saved(mailServer, world.exchange(), 0)
  const keep = world.exchange({ clientSecretChange: 'keep' })
  await tested(mailServer, keep)
  for (let n = 0; n < 3; n++)
    await saved(mailServer, world.exchange({ clientSecret: `canary-Secret-number-${n}` }), n + 1)
  const [k1] = world.keys
  if (!k1) throw new Error('no key')
  const both = [newKey('k2'), k1]
  for (let left = 4; left > 0; left--) {
    const breaking = () => {
      throw new Error('killed')
    }
    await expect(rotateKeys(servicesWith(both), caller, breaking)).rejects.toThrow('killed')
    expect((await sealedRows()).filter(({ kid }) => kid === 'k1')).toHaveLength(left - 1)
    expect((await world.mailServer({ keys: both }).view()).secret).toMatchObject({ readable: true })
  }
  expect(await rotateKeys(servicesWith(both), caller)).toMatchObject({ ok: true, value: { done: 0, failed: 0 } })
  expect((await world.mailServer({ keys: both }).view()).lastVerified).toMatchObject({
    number: 1,
    secretAvailable: true,
  })
})

describe('U-02 the audit log across keys', () => {
  const entry = { action: 'mail-server.test', ...caller, result: 'done', subject: null, details: {} } as const
  const sessionSecret = new Redacted('a session secret of the test, long enough')
  const open: Db[] = []
  afterEach(async () => {
    for (const db of open.splice(0)) await db.$disconnect()
  })
  /** A deployment with these keys. */
  function deployment(keys: Key[], secret = sessionSecret) {
    const db = createDb(new Redacted(world.database.url), chainKeys(keys, secret))
    open.push(db)
    const services = { ...servicesWith(keys), db }
    return { services, log: createAuditLog(db, systemClock, { vault: services.vault }) }
  }

  test('a sealing key whose rows can be checked without it may go, and they are checked after it is gone', async () => {
    const [k1, k2] = [newKey('k1'), newKey('k2')]
    const first = deployment([k1])
    await checkKeys(first.services)
    await first.log.record(entry)
    const both = deployment([k2, k1])
    expect((await keyStatus(both.services)).keys).toMatchObject([{ kid: 'k2' }, { kid: 'k1', rows: 0, mayGo: false }])
    expect(await rotateKeys(both.services, caller)).toMatchObject({ ok: true })
    expect((await keyStatus(both.services)).keys).toMatchObject([{ kid: 'k2' }, { kid: 'k1', mayGo: true }])
    const after = deployment([k2])
    await after.log.record(entry)
    expect(await after.log.verify()).toMatchObject({ intact: true, events: 3, keyedFrom: 1 })
    expect(await deployment([newKey('k2')]).log.verify()).toMatchObject({ intact: false, fault: 'key-missing' })
  })

  test('of two keys that had one id both are known once one has a new id, even after the other has gone', async () => {
    const [wrong, right] = [newKey('k1'), newKey('k1')]
    const renamed = { ...right, kid: 'k3' }
    await checkKeys(deployment([wrong]).services)
    await deployment([wrong]).log.record(entry)
    await deployment([right]).log.record(entry)
    expect(await deployment([right]).log.verify()).toMatchObject({ intact: false, fault: 'key-missing' })
    const beside = deployment([right, { ...wrong, kid: 'k2' }])
    expect(await beside.log.verify()).toMatchObject({ intact: true, events: 2 })
    expect((await keyStatus(beside.services)).keys).toMatchObject([{ state: 'wrong' }, { kid: 'k2', mayGo: false }])

    const both = deployment([renamed, wrong])
    expect(await checkKeys(both.services)).toEqual([])
    expect(await rotateKeys(both.services, caller)).toMatchObject({ ok: true })
    expect((await keyStatus(both.services)).keys).toMatchObject([{ kid: 'k3' }, { kid: 'k1', mayGo: true }])
    expect(await deployment([renamed]).log.verify()).toMatchObject({ intact: true, events: 3 })
  })

  test('rows that were written while the key file was missing can be checked later', async () => {
    const k1 = newKey('k1')
    await checkKeys(deployment([k1]).services)
    await deployment([k1]).log.record(entry)
    await deployment([]).log.record(entry)
    expect(await deployment([k1]).log.verify()).toMatchObject({ intact: true, events: 2 })
    // The session secret was replaced in the meantime, and its key was stored.
    const replaced = deployment([k1], new Redacted('another session secret, long enough too'))
    expect(await replaced.log.verify()).toMatchObject({ intact: true, events: 2 })
  })

  test('a record of an earlier version is keyed once, from its end on', async () => {
    const { services, log } = deployment([newKey('k1')])
    await beginKeyedRecord(services)
    expect(await services.db.auditEvent.count()).toBe(0)
    await services.db
      .$executeRaw`INSERT INTO "AuditEvent" VALUES (1, '2026-11-26T12:00:00Z', 'keys.rotate', 'system', NULL, 'start', NULL,
      'start', 'done', NULL, '{}', ${'0'.repeat(64)}, '87f998b13c2a7e9d6fad4d2d41195646e89882fccdb2a9d7cd8e6f013f7b7205', NULL)`
    for (let start = 0; start < 2; start++) await beginKeyedRecord(services)
    expect(await log.verify()).toMatchObject({ intact: true, events: 2, keyedFrom: 2 })
    expect(await services.db.auditEvent.findUnique({ where: { sequence: 2 } })).toMatchObject({ action: 'audit.keyed' })
  })
})

test('S-08 rotation does not begin while a secret does not open, and names it', async () => {
  const mailServer = world.mailServer()
  await saved(mailServer, world.exchange(), 0)
  await saved(mailServer, world.smtpFields(), 1)
  const [first] = await sealedRows()
  await world.database.db.credential.update({ where: { id: first?.id ?? '' }, data: { sealed: 'damaged' } })
  const [k1] = world.keys
  if (!k1) throw new Error('no key')
  const rotated = await rotateKeys(servicesWith([newKey('k2'), k1]), caller)
  expect(rotated).toEqual({ ok: false, error: { kind: 'unreadable', credentialIds: [first?.id] } })
  expect((await sealedRows()).map(({ kid }) => kid)).toEqual(['k1', 'k1'])
})

test('S-08 every column of the schema that holds a sealed text is known to rotation', () => {
  const schema = readFileSync(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8')
  const columns = [...schema.matchAll(/^model (\w+) \{([\s\S]*?)^\}/gm)].flatMap(([, model, body = '']) =>
    [...body.matchAll(/^\s+(\w*[sS]ealed\w*)\s/gm)].map(([, column]) => `${model}.${column}`),
  )
  // Key checks are not sealed again, because each identifies its own key. Keys of the audit log are, but are not counted.
  const known = ['AuditKey.sealed', 'Credential.sealed', 'KeyCheck.sealed', 'NotificationChannel.sealed']
  expect(columns.sort()).toEqual(known)
})

describe('S-08 killed', () => {
  /** `SOAK=1` kills twenty times instead of once. */
  const KILLS = process.env.SOAK ? 20 : 1
  const ROWS = process.env.SOAK ? 150 : 40
  const TIMEOUT_MS = process.env.SOAK ? 300_000 : 30_000

  /** A process that rotates keys, killed after a number of rows or left to finish. */
  async function rotating(keys: Key[], killAfter: number | null): Promise<string[]> {
    const ring = keys.map(({ kid, key }) => ({ kid, key: key.reveal() }))
    const ROTATION = JSON.stringify({ url: world.database.url, keys: ring, clouds: [world.cloud] })
    const bundle = await bundledProcess('keys-rotation')
    const child = spawn(process.execPath, [...LEAN, bundle], { env: { ...process.env, ROTATION } })
    const lines: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      if (lines.length - 1 === killAfter) child.kill('SIGKILL')
    }
    return lines
  }

  test(
    'S-08 kill -9 in the middle, then to the end: every secret of every table opens, none is on the old key',
    async () => {
      const { db } = world.database
      await saved(world.mailServer(), world.exchange(), 0)
      const [k1] = world.keys
      if (!k1) throw new Error('no key')
      const old = createVault([k1], systemClock)
      const channels = await Promise.all(
        Array.from({ length: ROWS }, async (_, index) => {
          const id = newId()
          const sealed = await old.seal(new Redacted(`canary ${index}`), channelBinding(id, 'webhook'))
          const at = new Date()
          return {
            id,
            kind: 'webhook',
            name: `${index}`,
            sealed,
            kid: 'k1',
            createdBy: 'x',
            createdAt: at,
            updatedAt: at,
          }
        }),
      )
      await db.notificationChannel.createMany({ data: channels })
      const both = [newKey('k2'), k1]
      for (let kill = 0; kill < KILLS; kill++) await rotating(both, 1 + (kill % 3))
      const under = await db.notificationChannel.count({ where: { kid: 'k2' } })
      expect(under).toBeGreaterThan(0)
      expect(under).toBeLessThan(ROWS)
      expect((await rotating(both, null)).at(-1)).toBe('rotated')
      const onlyNew = createVault(both.slice(0, 1), systemClock)
      for (const { id, kind, name, sealed, kid } of await db.notificationChannel.findMany()) {
        const opened = await onlyNew.open((sealed ?? '') as SealedText, channelBinding(id, kind))
        expect([kid, opened.ok && opened.value.reveal()]).toEqual(['k2', `canary ${name}`])
      }
      expect((await world.mailServer({ keys: both.slice(0, 1) }).view()).secret).toMatchObject({
        readable: true,
        kid: 'k2',
      })
      expect((await keyStatus(servicesWith(both))).keys).toContainEqual(
        expect.objectContaining({ kid: 'k1', mayGo: true }),
      )
    },
    TIMEOUT_MS,
  )
})
