import { existsSync } from 'node:fs'
import { migrate } from '../db/migrate'
import { askOne, askServer, POSTGRES_VERSION_MIN } from '../db/server'
import type { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { makeFirstKey } from './first-secrets'

export interface Prepared {
  applied: string[]
  /** A key file was made just now. */
  keyMade: boolean
  /** Server settings under which an acknowledged change may be lost. */
  durabilityRisks: string[]
}

/** `wait`: the database does not answer yet. `stop`: an administrator must act; `variable` where one is to blame. */
export type PrepareFault =
  | { kind: 'wait'; message: string }
  | { kind: 'stop'; variable: string | null; message: string }

/** Brings a database and the key file to where console and worker can run on them. */
export async function prepare(
  databaseUrl: Redacted,
  keysFile: string,
  keysFileGiven: boolean,
): Promise<Result<Prepared, PrepareFault>> {
  const facts = await askServer(databaseUrl, 5_000)
  if (!facts.ok) {
    const { kind, message } = facts.error
    return kind === 'starting' || kind === 'no-answer'
      ? fail({ kind: 'wait', message })
      : fail({ kind: 'stop', variable: 'DATABASE_URL', message })
  }
  if (facts.value.version < POSTGRES_VERSION_MIN)
    return stop('DATABASE_URL', `is PostgreSQL ${Math.floor(facts.value.version / 10_000)}; 15 or later is needed`)

  const migrated = await migrate(databaseUrl)
  if (!migrated.ok) {
    const { error } = migrated
    if (error.kind === 'unreachable') return fail({ kind: 'wait', message: error.message })
    if (error.kind === 'failed') return stop(null, `the database could not be migrated: ${error.message}`)
    return stop(
      null,
      `this build is older than the database, which has ${error.unknown.join(', ')}: install the newer build`,
    )
  }

  const sealed = Number(await askOne(databaseUrl, 'SELECT count(*) FROM "KeyCheck"')) > 0
  let keyMade = false
  if (!existsSync(keysFile) && !sealed) {
    if (keysFileGiven) return stop('POSTROOM_KEYS_FILE', `is not there: ${keysFile}`)
    keyMade = makeFirstKey(keysFile)
  }
  return ok({ applied: migrated.value.applied, keyMade, durabilityRisks: facts.value.durabilityRisks })
}

const stop = (variable: string | null, message: string): { ok: false; error: PrepareFault } =>
  fail({ kind: 'stop', variable, message })
