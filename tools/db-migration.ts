// Writes prisma/migrations/<name> from the schema: what the migrations before it do not make yet. Run again, it writes that
// migration anew; one that was released is never written again.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Client } from 'pg'
import { startThrowawayPostgres } from '../tests/support/throwaway-postgres'

const root = path.resolve(import.meta.dirname, '..')
const migrations = path.join(root, 'prisma/migrations')
const [name = ''] = process.argv.slice(2)
if (!/^\d{4}_[a-z_]+$/.test(name)) {
  process.stderr.write('usage: npm run db:migration -- 0004_what_it_adds\n')
  process.exit(2)
}

const postgres = await startThrowawayPostgres()
const client = new Client({ connectionString: postgres.url })
await client.connect()
const earlier = readdirSync(migrations).filter((folder) => /^\d{4}_/.test(folder) && folder < name)
for (const folder of earlier.sort())
  await client.query(readFileSync(path.join(migrations, folder, 'migration.sql'), 'utf8'))
// The engine in WebAssembly panics where a table has a check (it cannot read the type "char"); the schema language has none.
await client.query(`DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.relation, found.conname);
  END LOOP; END $$`)
await client.end()

const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [
    path.join(root, 'node_modules/prisma/build/index.js'),
    ...['migrate', 'diff', '--from-config-datasource', '--to-schema', 'prisma/schema.prisma', '--script'],
  ],
  {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      DATABASE_URL: postgres.url,
      PRISMA_SCHEMA_ENGINE_BINARY: path.join(root, 'prisma/schema-engine.mjs'),
    },
  },
)
await postgres.stop()
// A stub engine exits 0 with nothing printed: look for a statement.
if (status !== 0 || !/^(CREATE|ALTER) TABLE/m.test(stdout)) {
  process.stderr.write(stderr || 'prisma migrate diff printed no change\n')
  process.exit(1)
}
mkdirSync(path.join(migrations, name), { recursive: true })
writeFileSync(path.join(migrations, name, 'migration.sql'), stdout)
