import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { MigrationList } from './schema-engine'

/** What this build knows, oldest first; a test holds it equal to `prisma/migrations`. */
export const MIGRATIONS = ['0001_init', '0002_guards'] as const

/** The folder that holds `prisma/`: above this file in the source tree, above the bundle in a build. */
export function projectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'prisma/schema.prisma'))) return folder
    if (folder === path.dirname(folder)) throw new Error(`no prisma/schema.prisma above ${from}`)
  }
}

export function readMigrations(root: string): MigrationList {
  const baseDir = path.join(root, 'prisma/migrations')
  return {
    baseDir,
    shadowDbInitScript: '',
    lockfile: { path: 'migration_lock.toml', content: readFileSync(path.join(baseDir, 'migration_lock.toml'), 'utf8') },
    migrationDirectories: MIGRATIONS.map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(path.join(baseDir, name, 'migration.sql'), 'utf8') },
      },
    })),
  }
}
