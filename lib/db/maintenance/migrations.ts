import { readFileSync } from 'node:fs'
import path from 'node:path'
import migrations from '../../kernel/generated/migrations.json'
import { projectRoot } from '../project-root'

/** The migrations of this build, oldest first. `npm run setup` lists the folders of `prisma/migrations`. */
export const MIGRATIONS: readonly string[] = migrations

/** The SQL of these migrations, in the given order. */
export const scriptsOf = (names: readonly string[]): string[] =>
  names.map((name) => readFileSync(path.join(projectRoot(), 'prisma/migrations', name, 'migration.sql'), 'utf8'))
