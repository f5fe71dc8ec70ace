// Writes prisma/migrations/<name>: the difference between the earlier migrations and the schema. A second run overwrites it; never
// run it for a migration that was released.
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
      PRISMA_SCHEMA_ENGINE_BINARY: path.join(root, 'tools/schema-engine.mjs'),
    },
  },
)
await postgres.stop()
// The CLI also exits with 0 if it printed nothing, so look for a statement.
if (status !== 0 || !/^(CREATE|ALTER) TABLE/m.test(stdout)) {
  process.stderr.write(stderr || 'prisma migrate diff printed no change\n')
  process.exit(1)
}
mkdirSync(path.join(migrations, name), { recursive: true })
writeFileSync(path.join(migrations, name, 'migration.sql'), stdout)
