// Writes prisma/migrations/0001_init from the schema. For the time before the first release only: afterwards a change of the
// schema is a new migration.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { startThrowawayPostgres } from './throwaway-postgres'

const root = path.resolve(import.meta.dirname, '..')
const postgres = await startThrowawayPostgres()
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [
    path.join(root, 'node_modules/prisma/build/index.js'),
    ...['migrate', 'diff', '--from-empty', '--to-schema', 'prisma/schema.prisma', '--script'],
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
// A stub engine exits 0 with nothing printed: look for the tables.
if (status !== 0 || !stdout.includes('CREATE TABLE')) {
  process.stderr.write(stderr || 'prisma migrate diff printed no tables\n')
  process.exit(1)
}
const folder = path.join(root, 'prisma/migrations/0001_init')
mkdirSync(folder, { recursive: true })
writeFileSync(path.join(folder, 'migration.sql'), stdout)
