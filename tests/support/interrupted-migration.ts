import { migrate } from '../../lib/db/maintenance/migrate'
import { Redacted } from '../../lib/kernel/redacted'

/** For tests only: a start that migrates, to be killed in the middle. */
const migrated = await migrate(new Redacted(process.env.MIGRATE_URL ?? ''))
process.stdout.write(JSON.stringify(migrated))
