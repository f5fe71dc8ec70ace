import type pg from 'pg'
import type { OwnTable } from './tables'

/**
 * Empties these tables, lets `fill` fill them in any order, and has them keep their rules again: foreign keys are checked
 * over all rows, history is append-only. In the caller's transaction; needs an owner's rights, not a superuser's.
 */
export async function emptied(
  client: pg.ClientBase,
  schema: string,
  tables: readonly OwnTable[],
  fill: () => Promise<void>,
): Promise<void> {
  const quoted = tables.map(({ name }) => `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`)
  const each = (change: string): string => quoted.map((table) => `ALTER TABLE ${table} ${change}`).join('; ')
  const { rows: keys } = await client.query<{ table: string; name: string; definition: string }>(
    `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY($1::regclass[])`,
    [quoted],
  )
  if (keys.length > 0)
    await client.query(keys.map(({ table, name }) => `ALTER TABLE ${table} DROP CONSTRAINT ${name}`).join('; '))
  await client.query(each('DISABLE TRIGGER USER'))
  await client.query(`TRUNCATE ${quoted.join(', ')}`)
  await fill()
  await client.query(each('ENABLE TRIGGER USER'))
  if (keys.length > 0)
    await client.query(
      keys.map(({ table, name, definition }) => `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`).join('; '),
    )
}
