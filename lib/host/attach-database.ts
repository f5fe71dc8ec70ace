import { fchownSync, fstatSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Environment, readEnvironment } from '../config/environment'
import type { EnvironmentFault, Variables } from '../config/environment-fault'
import { fail, type Logger, messageOf, ok, type Redacted, type Result } from '../kernel'
import { throughNoLink } from '../kernel/durable-files'
import { clusterPlaces, isMade } from './cluster'
import { DatabaseUnavailable, isOfFiles, waitReason } from './database-unavailable'
import { ensurePostgres } from './embedded-postgres'
import { prepareSecrets } from './first-secrets'
import { type Migrated, type PrepareWishes, prepare, wishesOf } from './prepare'

/** A database may be starting, as when a machine boots; a command does not wait for long. */
const DATABASE_PATIENCE_MS = 15_000
const DATABASE_PAUSE_MS = 500

/**
 * Gives a command its database: the one that the configuration names, or the embedded one, which is started unless it runs. The command may
 * be the first that ever runs here, so the database is migrated and, with `makeKey`, the first key is made as `start` does. A fault is one
 * line.
 *
 * @returns the variables that the environment lacks, and remarks for the administrator
 */
export async function attachDatabase(
  variables: Variables,
  log: Logger,
  { makeKey = true }: { makeKey?: boolean } = {},
): Promise<Result<{ variables: Record<string, string>; remarks: string[]; release(): Promise<void> }, string>> {
  const secrets = prepareSecrets(variables)
  if (!secrets.ok) return fail(faultLine(secrets.error))
  const { places } = secrets.value
  try {
    const environment = readEnvironment({ ...variables, ...secrets.value.variables })
    if (!environment.ok) return fail(faultLine(environment.error))
    const opened = await openDatabase(environment.value, log)
    const migrated: string[] = []
    const onMigrated = ({ savedTo }: Migrated): void => {
      if (savedTo !== null) migrated.push(`The database was backed up before it was migrated: ${savedTo}`)
    }
    const wishes = { ...wishesOf(environment.value, places), ownerDatabaseUrl: opened.ownerUrl, makeKey, onMigrated }
    const prepared = await preparePatiently(environment.value.databaseUrl === null, opened.url, wishes)
    if (!prepared.ok) {
      await opened.release()
      return prepared
    }
    const { keyMade } = prepared.value
    const { keys, reports } = environment.value
    // A restore says at its end which keys are missing.
    const isKnown = keys.length === 0 && (keyMade || !makeKey)
    const remarks = reports.filter(({ variable }) => !(isKnown && variable === 'POSTROOM_KEYS_FILE')).map(faultLine)
    if (keyMade) remarks.push(`A sealing key was created: ${places.keysFile}. Back it up now, apart from the database.`)
    if (opened.isNew) remarks.push(newDatabaseRemark(environment.value.dataDir, keyMade))
    remarks.push(...migrated)
    return ok({
      variables: {
        ...secrets.value.variables,
        // A named database is in the environment already, perhaps as DATABASE_URL_FILE, and both forms at once are an error.
        ...(environment.value.databaseUrl === null && {
          DATABASE_URL: opened.url.reveal(),
          ...(opened.ownerUrl && { POSTROOM_OWNER_DATABASE_URL: opened.ownerUrl.reveal() }),
        }),
      },
      remarks,
      async release() {
        await opened.release()
        giveToOwner(places.dataDir)
      },
    })
  } catch (thrown) {
    if (thrown instanceof DatabaseUnavailable || isOfFiles(thrown)) return fail(messageOf(thrown))
    throw thrown
  } finally {
    giveToOwner(places.dataDir)
  }
}

async function openDatabase({ databaseUrl, ownerDatabaseUrl, dataDir }: Environment, log: Logger) {
  if (databaseUrl !== null)
    return { url: databaseUrl, ownerUrl: ownerDatabaseUrl, isNew: false, release: async () => {} }
  const isNew = !isMade(clusterPlaces(dataDir))
  const server = await ensurePostgres(dataDir, log)
  return { url: server.url, ownerUrl: server.ownerUrl, isNew, release: () => server.stop() }
}

/** A folder whose key this command did not make may hold one that was put there for a restore. */
const newDatabaseRemark = (dataDir: string, keyMade: boolean): string =>
  `A new database was made in ${dataDir}. If Postroom is installed elsewhere, set POSTROOM_DATA_DIR or DATABASE_URL as there, and remove ${keyMade ? 'that folder' : `${dataDir}/postgres and ${dataDir}/postgres.owner`}.`

async function preparePatiently(isEmbedded: boolean, url: Redacted, wishes: PrepareWishes) {
  const name = isEmbedded ? 'the embedded database' : 'the database that DATABASE_URL names'
  for (const deadline = performance.now() + DATABASE_PATIENCE_MS; ; await wait(DATABASE_PAUSE_MS)) {
    const prepared = await prepare(url, wishes)
    if (prepared.ok) return prepared
    const { error } = prepared
    if (error.kind === 'stop')
      return fail(error.variable === null ? error.message : `${error.variable} ${error.message}`)
    if (performance.now() > deadline) return fail(`${name} cannot be used: ${waitReason(error, isEmbedded)}`)
  }
}

const faultLine = ({ variable, problem }: EnvironmentFault): string => `${variable} ${problem}`

/**
 * Gives what a command of root has made in the data directory of another user, such as that of a service, to that user, who could not read
 * it. Never what a link there leads to, a hard link included, because that user may have made the link.
 */
function giveToOwner(dataDir: string): void {
  const { uid, gid } = statSync(dataDir)
  if (process.getuid?.() !== 0 || uid === 0) return
  for (const entry of readdirSync(dataDir, { withFileTypes: true }))
    if (entry.isFile())
      throughNoLink(path.join(dataDir, entry.name), 'read', (handle) => {
        const file = fstatSync(handle)
        if (file.uid === 0 && file.nlink === 1) fchownSync(handle, uid, gid)
      })
}
