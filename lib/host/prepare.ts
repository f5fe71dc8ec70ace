import { existsSync } from 'node:fs'
import { recordAudit } from '../audit/store/row'
import type { Environment, SecretPlaces } from '../config/environment'
import { chainKeysIn } from '../crypto/audit-keys'
import { type BackedUp, backUpProblem, backUpThrough } from '../db/backup/dump'
import { forgetOldest, forgetUnfinished, keptFile } from '../db/backup/retained'
import { grantApplication, roleFacts } from '../db/maintenance/application-role'
import { holderText } from '../db/maintenance/hold-lock'
import { type MigrateFault, migrate } from '../db/maintenance/migrate'
import { restoringProcesses } from '../db/maintenance/presence'
import { isDatabaseAway } from '../db/outage'
import { askOne, askServer, POSTGRES_VERSION_MIN, poolerFault } from '../db/server'
import { sqlStateOf } from '../db/sql-state'
import { fail, messageOf, ok, type Redacted, type Result, START_CALLER, systemClock } from '../kernel'
import { backupEntry, surroundingsOf } from '../operations/backup'
import { isOfFiles } from './database-unavailable'
import { makeFirstKey } from './first-secrets'

/** Reported as soon as it has happened, because what follows may have to wait for the database, or fail. */
export interface Migrated {
  applied: string[]
  /** Backup of what was there before `applied`; null when nothing was. */
  savedTo: string | null
}

export interface Prepared {
  keyMade: boolean
  /** Server settings under which an acknowledged change may be lost. */
  durabilityRisks: string[]
  roleRisk: RoleRisk | null
}

/** What the role of console and worker is, where it may change the audit log past every guard in the database. */
export type RoleRisk = 'superuser' | 'owner'

/** `wait`, `no-answer`: the database cannot be used yet; see `waitReason`. `stop`: an administrator must act; `variable` where one is to blame. */
export type PrepareFault =
  | { kind: 'wait' | 'no-answer'; message: string }
  | { kind: 'stop'; variable: string | null; message: string }

/** `makeKey`: false where rows that were sealed elsewhere are about to arrive, whose key must not get a namesake. */
export type PrepareWishes = ReturnType<typeof wishesOf> & { makeKey: boolean; onMigrated(done: Migrated): void }

/** What the environment and the places of the secrets say about it. */
export const wishesOf = (
  environment: Environment,
  { keysFile, keysFileGiven }: Pick<SecretPlaces, 'keysFile' | 'keysFileGiven'>,
) => ({
  /** Address with the role that owns the tables, or null if `databaseUrl` has that role. */
  ownerDatabaseUrl: environment.ownerDatabaseUrl,
  /** Where the backup before a migration goes. */
  dataDir: environment.dataDir,
  keysFile,
  keysFileGiven,
  surroundings: surroundingsOf(environment),
  /** What the audit log is chained under as long as no key file has been made. */
  chainKeys: chainKeysIn(environment),
})

const POOLER_TEXTS = {
  shared:
    'leads through a connection pooler that shares sessions between connections, as PgBouncer does in transaction mode',
  settings: 'leads through a connection pooler that does not pass on the settings of a connection, such as PgBouncer',
} as const

/** SQLSTATE of a statement that writes in a transaction that may not. */
const READ_ONLY = '25006'

/** Brings a database and the key file to where console and worker can run on them. */
export async function prepare(databaseUrl: Redacted, wishes: PrepareWishes): Promise<Result<Prepared, PrepareFault>> {
  const { ownerDatabaseUrl, keysFile, keysFileGiven, makeKey } = wishes
  const ownerUrl = ownerDatabaseUrl ?? databaseUrl
  const owner = ownerDatabaseUrl === null ? 'DATABASE_URL' : 'POSTROOM_OWNER_DATABASE_URL'
  const facts = await askAddress(owner, ownerUrl)
  if (!facts.ok) return facts
  if (ownerDatabaseUrl !== null) {
    const application = await askAddress('DATABASE_URL', databaseUrl)
    if (!application.ok) return application
  }

  const restorers = await restoringProcesses(ownerUrl)
  if (restorers.length > 0) return wait(`it is being restored or migrated by ${restorers.map(holderText).join(', ')}`)
  const migrated = await migrateSafely(ownerUrl, wishes)
  if (!migrated.ok) return faultOf(migrated.error)
  const role = await readyRole(databaseUrl, wishes)
  if (!role.ok) return role

  const sealed = Number(await askOne(ownerUrl, 'SELECT count(*) FROM "KeyCheck"')) > 0
  let keyMade = false
  if (makeKey && !existsSync(keysFile) && !sealed) {
    if (keysFileGiven) return stop('POSTROOM_KEYS_FILE', `does not exist: ${keysFile}`)
    keyMade = makeFirstKey(keysFile)
  }
  return ok({ keyMade, durabilityRisks: facts.value.durabilityRisks, roleRisk: role.value })
}

/** What the server says at the address of this variable, if Postroom can run on it. */
async function askAddress(variable: string, url: Redacted) {
  const facts = await askServer(url, 5_000)
  if (!facts.ok) {
    const { kind, message } = facts.error
    if (kind === 'pooler')
      return stop(variable, `${POOLER_TEXTS.settings} (${message}). Connect to PostgreSQL directly`)
    return kind === 'starting' || kind === 'no-answer' ? noAnswer(message) : stop(variable, message)
  }
  if (facts.value.version < POSTGRES_VERSION_MIN)
    return stop(variable, `is PostgreSQL ${Math.floor(facts.value.version / 10_000)}; 15 or later is needed`)
  const fault = await poolerFault(url, 5_000)
  return fault === null ? facts : stop(variable, `${POOLER_TEXTS[fault]}. Connect to PostgreSQL directly`)
}

/** Sees to it that console and worker can do their work by the role of their address, and what else that role could do. */
async function readyRole(
  databaseUrl: Redacted,
  { ownerDatabaseUrl }: PrepareWishes,
): Promise<Result<RoleRisk | null, PrepareFault>> {
  let variable = 'DATABASE_URL'
  try {
    const { name, isSuperuser, ownsAuditLog } = await roleFacts(databaseUrl)
    if (ownsAuditLog === null)
      return stop('POSTROOM_OWNER_DATABASE_URL', 'names another database than DATABASE_URL does')
    if (isSuperuser) return ok('superuser')
    if (ownsAuditLog) return ok('owner')
    variable = 'POSTROOM_OWNER_DATABASE_URL'
    if (ownerDatabaseUrl !== null) await grantApplication(ownerDatabaseUrl, name)
    return ok(null)
  } catch (thrown) {
    return isDatabaseAway(thrown) ? away(thrown) : stop(variable, `cannot be used: ${messageOf(thrown)}`)
  }
}

/** What is there is backed up into the data directory before it is changed. */
async function migrateSafely(
  databaseUrl: Redacted,
  { dataDir, surroundings, chainKeys, onMigrated }: PrepareWishes,
): Promise<Result<void, MigrateFault>> {
  const saved: { file: string; backedUp: BackedUp }[] = []
  const migrated = await migrate(databaseUrl, {
    async save(connection) {
      const file = keptFile(dataDir, 'before-migration', systemClock.now())
      forgetUnfinished(file)
      const done = await backUpThrough(connection, file, surroundings, { force: false })
      if (done.ok) saved.push({ file, backedUp: done.value })
      return done
    },
  })
  if (!migrated.ok) return migrated
  onMigrated({ ...migrated.value, savedTo: saved[0]?.file ?? null })
  for (const { file, backedUp } of saved) {
    forgetOldest(file, 'before-migration')
    await recordAudit(databaseUrl, backupEntry(START_CALLER, file, backedUp), systemClock.now(), chainKeys)
  }
  return ok(undefined)
}

function faultOf(fault: MigrateFault): { ok: false; error: PrepareFault } {
  switch (fault.kind) {
    case 'unreachable':
      return noAnswer(fault.message)
    case 'locked':
      return wait(`it is being migrated or backed up by ${fault.holders.map(holderText).join(', ')}`)
    case 'running':
      return wait(
        `it is not migrated while processes of the earlier version run on it. Stop ${fault.holders.map(holderText).join(', ')}`,
      )
    case 'failed':
      return stop(null, `the database could not be migrated: ${fault.message}`)
    case 'newer':
      return stop(
        null,
        `this build is older than the database, which has ${fault.unknown.join(', ')}: install the newer build`,
      )
    case 'not-saved':
      return stop(null, `nothing was migrated, since the backup before it failed: ${backUpProblem(fault.fault)}`)
  }
}

const wait = (message: string): { ok: false; error: PrepareFault } => fail({ kind: 'wait', message })
const noAnswer = (message: string): { ok: false; error: PrepareFault } => fail({ kind: 'no-answer', message })
const stop = (variable: string | null, message: string): { ok: false; error: PrepareFault } =>
  fail({ kind: 'stop', variable, message })

/** Why a start waits for the database that an exception is due to. */
const away = (thrown: unknown) =>
  sqlStateOf(thrown) === READ_ONLY ? wait('it is read-only, as a standby is') : noAnswer(messageOf(thrown))

/** What an exception says about files or the database. Any other one is a bug, and is thrown again. */
export function faultOfThrown(thrown: unknown): PrepareFault {
  if (isOfFiles(thrown)) return { kind: 'stop', variable: null, message: messageOf(thrown) }
  if (isDatabaseAway(thrown)) return away(thrown).error
  throw thrown
}
