import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { readSecretPlaces, type SecretPlaces } from '../config/environment'
import type { EnvironmentFault, Variables } from '../config/environment-fault'
import { fail, messageOf, ok, type Result } from '../kernel'
import { keepPrivateFile } from './private-file'

/** Makes the data directory and the session secret where the deployment gives none, and says where both secrets lie. */
export function prepareSecrets(
  variables: Variables,
): Result<{ places: SecretPlaces; variables: Record<string, string> }, EnvironmentFault> {
  const read = readSecretPlaces(variables)
  if (!read.ok) return read
  const places = read.value
  const { dataDir, authSecretFile } = places
  try {
    makeFolder(dataDir)
    if (!statSync(dataDir).isDirectory()) return unusable(`is no folder: ${dataDir}`)
    if (authSecretFile !== null) keepPrivateFile(authSecretFile, () => `${randomBytes(32).toString('base64url')}\n`)
  } catch (thrown) {
    return unusable(`cannot be used: ${dataDir} (${messageOf(thrown)})`)
  }
  return ok({
    places,
    variables: {
      POSTROOM_DATA_DIR: dataDir,
      POSTROOM_KEYS_FILE: places.keysFile,
      ...(authSecretFile === null ? {} : { POSTROOM_AUTH_SECRET_FILE: authSecretFile }),
    },
  })
}

/**
 * A folder that only its owner enters, in folders that all may enter. One by one, because Node's recursive way tries again without end where
 * a file system answers that the parent is missing although it is there, as /proc does.
 */
function makeFolder(folder: string, mode = 0o700): void {
  if (existsSync(folder)) return
  makeFolder(path.dirname(folder), 0o755)
  try {
    mkdirSync(folder, { mode })
  } catch (thrown) {
    if (!existsSync(folder)) throw thrown // another start may have been first
  }
}

const unusable = (problem: string) => fail({ variable: 'POSTROOM_DATA_DIR', problem })

/**
 * The first sealing key. Only if no secret was ever sealed: a new key next to old secrets would hide that the right one is lost. Returns
 * whether a file was created, which the administrator must be asked to keep.
 */
export const makeFirstKey = (keysFile: string): boolean =>
  keepPrivateFile(keysFile, () => `k1 ${randomBytes(32).toString('base64')}\n`)
