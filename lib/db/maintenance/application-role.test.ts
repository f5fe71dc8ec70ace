import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../../tests/support/database'
import { newId } from '../../kernel'
import { Redacted } from '../../kernel/redacted'
import { startScheduler } from '../jobs'
import { APPEND_ONLY, ensureLogin, grantApplication, roleFacts } from './application-role'

const role = `app_${newId().replaceAll('-', '')}`
let fresh: TestDatabase
let url: Redacted
let application: pg.Client

beforeAll(async () => {
  fresh = await freshDatabase()
  // An installation from before there were two roles: the owner's own clock has made its tables already.
  const scheduler = await startScheduler(new Redacted(fresh.url), [], () => {})
  await scheduler.stop(0)
  url = addressOf('first password')
  await ensureLogin(new Redacted(fresh.url), url, role, new Redacted('first password'))
  await grantApplication(new Redacted(fresh.url), role)
  application = new pg.Client({ connectionString: url.reveal() })
  await application.connect()
})
afterAll(async () => {
  await application?.end()
  await fresh.db.$executeRawUnsafe(`DROP OWNED BY ${role}`)
  await fresh.drop()
})

function addressOf(password: string): Redacted {
  const address = new URL(fresh.url)
  address.username = role
  address.password = password
  return new Redacted(address.href)
}

const insert = `INSERT INTO "AuditEvent" VALUES (1, now(), 'keys.rotate', 'system', NULL, 'start', NULL, 'r', 'done', NULL, '{}', '', 'h')`

describe('U-02 the role of console and worker', () => {
  test('adds and reads audit entries', async () => {
    await application.query(insert)
    const { rows } = await application.query('SELECT hash FROM "AuditEvent"')
    expect(rows).toEqual([{ hash: 'h' }])
  })

  test.each(
    APPEND_ONLY.flatMap((table) => [
      `UPDATE "${table}" SET "${table === 'AuditEvent' ? 'result' : 'savedBy'}" = 'other'`,
      `DELETE FROM "${table}"`,
      `TRUNCATE "${table}"`,
      `ALTER TABLE "${table}" DISABLE TRIGGER ALL`,
      `DROP TABLE "${table}"`,
    ]),
  )('may not: %s', async (sql) => {
    await expect(application.query(sql)).rejects.toThrow(/permission denied|must be owner/)
  })

  test.each([
    ['remove a key of audit rows', 'DELETE FROM "AuditKey"'],
    ['turn off every trigger', 'SET session_replication_role = replica'],
    ['run a program', `CREATE TEMP TABLE seen (line text); COPY seen FROM PROGRAM 'id'`],
    ['read a file of the server', `SELECT pg_read_file('postgresql.conf')`],
    ['write a file of the server', `COPY (SELECT 1) TO '/tmp/postroom-test'`],
    ['read password hashes', 'SELECT * FROM pg_authid'],
    ['become the owner', `SET ROLE "${new URL('postgresql://postgres@h/d').username}"`],
    ['make itself a superuser', `ALTER ROLE ${role} SUPERUSER`],
    ['forget a migration', 'DELETE FROM _prisma_migrations'],
    ['make a table among ours', 'CREATE TABLE public.other (x int)'],
    ['replace the guard', 'CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE sql AS $$ SELECT 1 $$'],
  ])('may not %s', async (_, sql) => {
    await expect(application.query(sql)).rejects.toThrow(/permission denied|must be (owner|superuser)|Only roles/)
  })

  test('may change every other table of ours', async () => {
    const unchangeable = await application.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND NOT (has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')) ORDER BY 1`,
    )
    expect(unchangeable.rows.map(({ name }) => name).sort()).toEqual(
      [...APPEND_ONLY, 'AuditKey', '_prisma_migrations'].sort(),
    )
  })

  test('takes the next number of every table that the server numbers, and sets none', async () => {
    const { rows } = await application.query<{ sequence: string }>(
      `SELECT oid::regclass::text AS sequence FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'`,
    )
    expect(rows).not.toEqual([])
    for (const { sequence } of rows) {
      await application.query('SELECT nextval($1)', [sequence])
      await expect(application.query('SELECT setval($1, 1)', [sequence])).rejects.toThrow('permission denied')
    }
  })

  test('vacuums and analyses the tables that a reading of app registrations rewrites, and no history', async () => {
    const rowsKnownIn = async (table: string) => {
      await application.query(`VACUUM (ANALYZE) "${table}"`)
      const { rows } = await application.query(`SELECT reltuples::int FROM pg_class WHERE oid = to_regclass($1)`, [
        `public."${table}"`,
      ])
      return rows[0]?.reltuples
    }
    // -1 until the table is analysed. The server only warns a role that may not.
    expect(await rowsKnownIn('AppCredential')).toBe(0)
    expect(await rowsKnownIn('MailServerRevision')).toBe(-1)
  })

  test('runs the clock on tables that the owner made before', async () => {
    let runs = 0
    const scheduler = await startScheduler(
      url,
      [{ name: 'tick', cron: '* * * * *', run: async () => void runs++ }],
      () => {},
    )
    await application.query(`INSERT INTO pgboss.job (name, policy) VALUES ('tick', 'exclusive')`)
    await scheduler.stop(5_000)
    const { rows } = await application.query(`SELECT name FROM pgboss.schedule`)
    expect(rows).toEqual([{ name: 'tick' }])
  })
})

test('U-02 a role that is there already loses rights over the server when it gets its password, and keeps the password afterwards', async () => {
  const { db } = fresh
  const other = `${role}_other`
  const address = new URL(fresh.url)
  Object.assign(address, { username: other, password: 'its password' })
  await db.$executeRawUnsafe(`CREATE ROLE ${other} NOLOGIN SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS`)
  const ensure = () =>
    ensureLogin(new Redacted(fresh.url), new Redacted(address.href), other, new Redacted('its password'))
  const read = () => db.$queryRaw<Record<string, unknown>[]>`
    SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolpassword
    FROM pg_authid WHERE rolname = ${other}`
  try {
    await ensure()
    const [{ rolcanlogin, rolpassword, ...rights } = {}, ...none] = await read()
    expect([rolcanlogin, Object.values(rights), none]).toEqual([true, Array(5).fill(false), []])
    await ensure()
    expect(await read()).toMatchObject([{ rolpassword }])
  } finally {
    await db.$executeRawUnsafe(`DROP ROLE ${other}`)
  }
})

test('U-02 a role whose password could not be tried keeps the one it has', async () => {
  const missing = new URL(url.reveal())
  missing.pathname = '/not_there'
  const read = () => fresh.db.$queryRaw`SELECT rolpassword FROM pg_authid WHERE rolname = ${role}`
  const before = await read()
  const ensured = ensureLogin(new Redacted(fresh.url), new Redacted(missing.href), role, new Redacted('another one'))
  await expect(ensured).rejects.toThrow('not_there')
  expect(await read()).toEqual(before)
})

test('a right that takes the place of another is found although their number is right', async () => {
  await fresh.db.$executeRawUnsafe(`REVOKE UPDATE ON "Message" FROM ${role}`)
  await fresh.db.$executeRawUnsafe(`GRANT TRUNCATE ON "Message" TO ${role}`)
  await grantApplication(new Redacted(fresh.url), role)
  const [rights] = await fresh.db.$queryRaw<object[]>`
    SELECT has_table_privilege(${role}, '"Message"', 'UPDATE') AS "update", has_table_privilege(${role}, '"Message"', 'TRUNCATE') AS "truncate"`
  expect(rights).toEqual({ update: true, truncate: false })
})

test('a second grant changes nothing, and a right too many is taken back', async () => {
  const owner = new Redacted(fresh.url)
  const version = () =>
    fresh.db.$queryRaw`SELECT oid, xmin::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`
  const before = await version()
  await grantApplication(owner, role)
  expect(await version()).toEqual(before)
  await fresh.db.$executeRawUnsafe(`GRANT UPDATE, TRUNCATE ON "AuditEvent" TO ${role}`)
  await Promise.all([grantApplication(owner, role), grantApplication(owner, role)])
  await expect(application.query(`UPDATE "AuditEvent" SET result = 'x'`)).rejects.toThrow('permission denied')
})

test('the facts of a role tell a superuser, an owner and neither apart', async () => {
  expect(await roleFacts(new Redacted(fresh.url))).toMatchObject({ isSuperuser: true, ownsAuditLog: true })
  expect(await roleFacts(url)).toEqual({ name: role, isSuperuser: false, ownsAuditLog: false })
})
