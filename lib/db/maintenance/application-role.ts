import type pg from 'pg'
import type { Redacted } from '../../kernel'
import { ownTables } from '../backup/tables'
import { asHost } from '../connection'
import { GRANT_LOCK } from '../locks'
import { sqlStateOf } from '../sql-state'

/** History: rows that the application may add and read, and nothing else. */
export const APPEND_ONLY: readonly string[] = ['AuditEvent', 'MailServerRevision', 'PolicyRevision']
/** Tables of the clock, which the application's role owns: its library changes them at run time. */
const CLOCK_SCHEMA = 'pgboss'
/** Rows that are sealed again under another key, but never removed: without one, the audit entries under it could not be checked. */
const NEVER_REMOVED = 'AuditKey'
/** Written by migrations alone. */
const READ_ONLY = '_prisma_migrations'

/** Rewritten as a whole by each reading: the application vacuums and analyses them, or every page after it is planned for an empty table. */
const MAINTAINED: readonly string[] = ['AppRegistration', 'AppRegistrationText', 'AppCredential']

type Privilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MAINTAIN'

/** @param canMaintain PostgreSQL 17 and later; before, only an owner may vacuum, and the server does it within minutes. */
function privilegesOn(table: string, canMaintain: boolean): Privilege[] {
  if (table === READ_ONLY) return ['SELECT']
  if (APPEND_ONLY.includes(table)) return ['SELECT', 'INSERT']
  if (table === NEVER_REMOVED) return ['SELECT', 'INSERT', 'UPDATE']
  const changes: Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'DELETE']
  return canMaintain && MAINTAINED.includes(table) ? [...changes, 'MAINTAIN'] : changes
}

/** Makes the role if it does not exist, and gives it this password if it cannot sign in with it. */
export async function ensureLogin(ownerUrl: Redacted, url: Redacted, role: string, password: Redacted): Promise<void> {
  await asHost(ownerUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
    if (rowCount && (await canSignIn(url))) return
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [GRANT_LOCK])
    // A statement that fails is logged by the server, and this one has the password in it.
    await client.query(`SET LOCAL log_min_error_statement = panic`)
    const name = client.escapeIdentifier(role)
    const exists = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
    await client.query(
      `${exists.rowCount ? 'ALTER' : 'CREATE'} ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
       PASSWORD ${client.escapeLiteral(password.reveal())}`,
    )
    await client.query('COMMIT')
  })
}

async function canSignIn(url: Redacted): Promise<boolean> {
  try {
    return await asHost(url, async () => true)
  } catch (thrown) {
    if (['28P01', '28000'].includes(sqlStateOf(thrown))) return false
    throw thrown
  }
}

/**
 * Gives the application's role what console and worker need, and takes from it what they do not, after each migration. Throws
 * `pg.DatabaseError` when the owner may not: to hand over the tables of scheduled jobs it must be a member of `role`.
 */
export async function grantApplication(ownerUrl: Redacted, role: string): Promise<void> {
  await asHost(ownerUrl, async (client) => {
    if ((await missingGrants(client, role)).length === 0) return
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock($1)', [GRANT_LOCK])
    for (const statement of await missingGrants(client, role)) await client.query(statement)
    await client.query('COMMIT')
  })
}

/** Statements that are still to be run. */
async function missingGrants(client: pg.Client, role: string): Promise<string[]> {
  const name = client.escapeIdentifier(role)
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('GRANT USAGE ON SCHEMA public TO %I', $1::text) AS sql WHERE NOT has_schema_privilege($1::text, 'public', 'USAGE')
     UNION ALL SELECT format('ALTER SCHEMA %s OWNER TO %I', oid::regnamespace, $1::text) FROM pg_namespace
       WHERE nspname = $2::text AND nspowner <> to_regrole(quote_ident($1::text))
     UNION ALL SELECT format('GRANT USAGE ON SEQUENCE %s TO %I', seqrelid::regclass, $1::text) FROM pg_sequence
       JOIN pg_class ON oid = seqrelid
       WHERE relnamespace = 'public'::regnamespace AND NOT has_sequence_privilege($1::text, seqrelid, 'USAGE')
     UNION ALL SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, $1::text) FROM pg_class
       WHERE relnamespace = to_regnamespace($2::text) AND relkind IN ('r', 'p') AND relowner <> to_regrole(quote_ident($1::text))
     UNION ALL SELECT format('ALTER ROUTINE %s OWNER TO %I', oid::regprocedure, $1::text) FROM pg_proc
       WHERE pronamespace = to_regnamespace($2::text) AND proowner <> to_regrole(quote_ident($1::text))
     UNION ALL SELECT format('ALTER TYPE %s OWNER TO %I', oid::regtype, $1::text) FROM pg_type
       WHERE typnamespace = to_regnamespace($2::text) AND typtype = 'e' AND typowner <> to_regrole(quote_ident($1::text))`,
    [role, CLOCK_SCHEMA],
  )
  const statements = rows.map(({ sql }) => sql)
  const server = await client.query<{ canMaintain: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 170000 AS "canMaintain"`,
  )
  const canMaintain = server.rows[0]?.canMaintain ?? false
  for (const table of [...(await ownTables(client)).map((own) => own.name), READ_ONLY]) {
    const quoted = `public.${client.escapeIdentifier(table)}`
    const wanted = privilegesOn(table, canMaintain)
    const { rows: different } = await client.query(
      'SELECT FROM unnest($3::text[]) AS privilege WHERE has_table_privilege($1, $2, privilege) <> (privilege = ANY($4::text[]))',
      [role, quoted, [...PRIVILEGES, ...(canMaintain ? ['MAINTAIN'] : [])], wanted],
    )
    if (different.length === 0) continue
    statements.push(`REVOKE ALL ON ${quoted} FROM ${name}`, `GRANT ${wanted.join(', ')} ON ${quoted} TO ${name}`)
  }
  return statements
}

const PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']

/**
 * What the role of an address could do to the audit log, against which no guard inside the database helps. `ownsAuditLog`: it is, or is a
 * member of, the role that owns the table of audit entries; null where there is no such table.
 */
export const roleFacts = (url: Redacted) =>
  asHost(url, async (client) => {
    const { rows } = await client.query<{ name: string; isSuperuser: boolean; ownsAuditLog: boolean | null }>(
      `SELECT current_user::text AS name, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser",
         (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('public."AuditEvent"')) AS "ownsAuditLog"`,
    )
    const [facts] = rows
    if (!facts) throw new Error('the server knows nothing of the role')
    return facts
  })
