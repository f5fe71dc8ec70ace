import { tmpdir } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aCredential } from '../../tests/support/credential'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import type { Warning } from '../credentials/reminders/warnings'
import { newId } from '../kernel'
import { createMetrics } from './metrics'
import { beat } from './store/heartbeats'

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const server = (id: string, isDefault: boolean) => ({
  id,
  name: `contoso ${id}`,
  isDefault,
  version: 1,
  settings: null,
  sendersVersion: 0,
  failoverId: null,
  pause: null,
  failover: null,
  activeFailoverId: null,
})

test('the metrics show the status of mail, database and worker, and name no person', async () => {
  const now = new Date('2027-03-01T12:00:00Z')
  await beat(fresh.db, 'worker', now)
  await fresh.db.heartbeat.updateMany({ data: { beatAt: new Date(now.getTime() - 12_000) } })
  const expiresAt = new Date('2027-05-01T00:00:00Z')
  const refused: Warning = {
    credentialId: 'c',
    kind: 'client-secret',
    slot: 'current',
    holderId: 'm',
    holderName: 'contoso',
    state: 'refused',
    daysLeft: null,
    expiresAt: null,
    refusedCode: 'secret-invalid',
    nextIsVerified: false,
    fallbackUntil: null,
    refusedAt: null,
    isPast: false,
  }
  const metrics = createMetrics({
    db: fresh.db,
    clock: { now: () => now, monotonicMs: () => 0 },
    mailServers: {
      list: async () => [server('a', true), server('b', false)],
      inUse: async (servers) => [...servers],
      of: (id) =>
        ({
          state: async () => (id === 'a' ? 'delivering' : 'expiring'),
          savedChange: async () => ({ secretExpiresAt: id === 'a' ? expiresAt : null }),
        }) as never,
    },
    outbox: { counts: async () => ({ queued: 3, sending: 1, held: 0, failed: 2 }) },
    credentials: {
      measured: async () => [aCredential({ state: 'soon', daysLeft: 20 })],
      warnings: async () => [refused],
    },
    keysSound: async () => true,
    databaseDisk: { isFull: async () => false },
    dataDir: tmpdir(),
    unknownProxy: { address: () => null },
    refusals: { total: () => 7 },
  })
  const alert = { id: newId(), kind: 'disk', subject: '', details: {}, openedAt: now, heldAt: now }
  await fresh.db.alert.create({ data: alert })
  const text = await metrics.text()
  expect(text).toContain('postroom_database_ready 1')
  expect(text).toContain('postroom_mail_state{state="expiring"} 1')
  expect(text).toContain('postroom_mail_state{state="delivering"} 0')
  expect(text).toMatch(/postroom_heartbeat_age_seconds\{name="worker"\} 1[2-9]/)
  expect(text).toContain(
    `postroom_credential_expiry_timestamp_seconds{mail_server="default"} ${expiresAt.getTime() / 1000}`,
  )
  expect(text).toMatch(/process_resident_memory_bytes \d+/)
  const { id } = aCredential()
  expect(text).toContain(`postroom_credential_days_left{credential="${id}",slot="current"} 20`)
  expect(text).toContain(`postroom_credential_state{credential="${id}",slot="current",state="soon"} 1`)
  expect(text).toContain('postroom_messages{state="queued"} 3')
  expect(text).toContain('postroom_alerts{kind="disk"} 1')
  expect(text).toContain('postroom_oldest_message_age_seconds 0')
  expect(text).toContain('postroom_reminders{state="failed"} 0')
  // R-16 R-17: the reminders' clock has never ticked here.
  expect(text).toContain('postroom_degraded{reason="credential-refused"} 1')
  expect(text).toContain('postroom_degraded{reason="clock-silent"} 1')
  expect(text).toContain('postroom_degraded{reason="keys"} 0')
  expect(text).not.toContain('contoso')
})
