// Writes the next migration: the difference between the earlier ones and the schema.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Client } from 'pg'
import { startThrowawayPostgres } from '../tests/support/throwaway-postgres'

const root = path.resolve(import.meta.dirname, '..')
const migrations = path.join(root, 'prisma/migrations')
const [adds = ''] = process.argv.slice(2)
if (!/^[a-z][a-z_]*$/.test(adds)) {
  process.stderr.write('usage: npm run db:migration -- what_it_adds\n')
  process.exit(2)
}
const earlier = readdirSync(migrations)
  .filter((folder) => /^\d{4}_/.test(folder))
  .sort()
const number = Number(earlier.at(-1)?.slice(0, 4) ?? 0) + 1
const name = `${String(number).padStart(4, '0')}_${adds}`

const postgres = await startThrowawayPostgres()
const client = new Client({ connectionString: postgres.url })
await client.connect()
for (const folder of earlier) await client.query(readFileSync(path.join(migrations, folder, 'migration.sql'), 'utf8'))
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
process.stdout.write(`wrote prisma/migrations/${name}/migration.sql\n`)
