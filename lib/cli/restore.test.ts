import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from '../../tests/support/command'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { caller, createWorld } from '../../tests/support/mail-server'
import { createAuditLog } from '../audit'
import { createVault } from '../crypto/vault'
import { newId, systemClock } from '../kernel'
import { Redacted } from '../kernel/redacted'
import { writeBackup } from '../operations/backup'
import { register } from './restore'

test('R-24 restore says how many messages are held and how many failures are not reported', async () => {
  const world = await createWorld()
  const other = await freshDatabase()
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'postroom-restore-'))
  onTestFinished(async () => {
    rmSync(dataDir, { recursive: true })
    await Promise.all([other.drop(), world.end()])
  })
  const servicesOn = ({ db, url }: TestDatabase) => ({
    environment: {
      databaseUrl: new Redacted(url),
      ownerDatabaseUrl: null,
      dataDir,
      keysFile: path.join(dataDir, 'keys'),
      baseUrl: new URL('https://mail.contoso.example'),
      authSecret: new Redacted('the session secret of this deployment'),
      keys: world.keys,
      clouds: [world.cloud],
    },
    clock: systemClock,
    db,
    vault: createVault(world.keys, systemClock),
    audit: createAuditLog(db, systemClock),
  })
  const [id, at] = [newId(), new Date()]
  const times = { acceptedAt: at, dueAt: at, expiresAt: at }
  const message = { mailServerId: newId(), source: 'client', messageId: '<m@contoso.example>', sizeBytes: 1 }
  await world.database.db.message.create({ data: { ...message, ...times, id, subject: '', needsUtf8: false } })
  const failure = { messageId: id, automatic: false, header: Buffer.from('x'), at }
  await world.database.db.failureReport.createMany({
    data: [1, 2].map((fence) => ({ ...failure, positions: [fence], fence })),
  })
  const file = path.join(dataDir, 'a.postroom-backup')
  expect(await writeBackup(servicesOn(world.database), caller, file, { force: false })).toMatchObject({ ok: true })
  const { out } = await runCommand(register, servicesOn(other), ['restore', file])
  expect(out).toEqual(
    expect.arrayContaining([
      'Messages that may have been sent since, held until you release or cancel them: 1',
      'Failures whose report may have been sent since, so that it is not sent now: 2',
    ]),
  )
})
