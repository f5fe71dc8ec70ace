import { Redacted } from '../kernel/redacted'
import { migrate } from './migrate'

/** For tests only: a start that migrates, to be killed in the middle. */
const migrated = await migrate(new Redacted(process.env.MIGRATE_URL ?? ''))
process.stdout.write(JSON.stringify(migrated))
