import type pg from 'pg'
import type { ChainKeys } from '../../crypto/audit-keys'
import { asHost } from '../../db/connection'
import { CHAIN_LOCK } from '../../db/locks'
import type { Redacted } from '../../kernel'
import { nextRow } from '../chain'
import type { AuditEntry } from '../entry'

/** `appendAudit` for a transaction on a bare connection, as backups and restores use. */
export async function appendAuditRow(client: pg.ClientBase, entry: AuditEntry, now: Date, { current }: ChainKeys) {
  await client.query('SELECT pg_advisory_xact_lock($1)', [CHAIN_LOCK])
  const { rows } = await client.query<{ sequence: string; hash: string }>(
    'SELECT sequence, hash FROM "AuditEvent" ORDER BY sequence DESC LIMIT 1',
  )
  const [last] = rows
  const row = nextRow(entry, now, last ? { sequence: BigInt(last.sequence), hash: last.hash } : null, current)
  const columns = Object.keys(row).map((name) => client.escapeIdentifier(name))
  await client.query(
    `INSERT INTO "AuditEvent" (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(row).map((value) => (typeof value === 'bigint' ? value.toString() : value)),
  )
}

/** Writes a row in a separate transaction before the services exist, for events of the start itself. */
export async function recordAudit(databaseUrl: Redacted, entry: AuditEntry, now: Date, keys: ChainKeys): Promise<void> {
  await asHost(databaseUrl, async (client) => {
    await client.query('BEGIN')
    await appendAuditRow(client, entry, now, keys)
    await client.query('COMMIT')
  })
}
