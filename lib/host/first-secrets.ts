import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs'
import { type EnvironmentFault, readSecretPlaces, type SecretPlaces } from '../config/environment'
import { ok, type Result } from '../kernel/result'
import { keepPrivateFile } from './private-file'

type Variables = Readonly<Record<string, string | undefined>>

/** Makes the data directory and the session secret where the deployment gives none, and says where both secrets lie. */
export function prepareSecrets(
  variables: Variables,
): Result<{ places: SecretPlaces; variables: Record<string, string> }, EnvironmentFault> {
  const read = readSecretPlaces(variables)
  if (!read.ok) return read
  const places = read.value
  if (!existsSync(places.dataDir)) {
    try {
      mkdirSync(places.dataDir, { recursive: true, mode: 0o755 })
      chmodSync(places.dataDir, 0o700)
    } catch {
      return { ok: false, error: { variable: 'POSTROOM_DATA_DIR', problem: `cannot be made: ${places.dataDir}` } }
    }
  }
  if (!statSync(places.dataDir).isDirectory())
    return { ok: false, error: { variable: 'POSTROOM_DATA_DIR', problem: `is no folder: ${places.dataDir}` } }
  try {
    if (places.authSecretFile !== null)
      keepPrivateFile(places.authSecretFile, () => `${randomBytes(32).toString('base64url')}\n`)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : thrown
    return {
      ok: false,
      error: { variable: 'POSTROOM_DATA_DIR', problem: `cannot be used: ${places.dataDir} (${code})` },
    }
  }
  return ok({
    places,
    variables: {
      POSTROOM_DATA_DIR: places.dataDir,
      POSTROOM_KEYS_FILE: places.keysFile,
      ...(places.authSecretFile === null ? {} : { POSTROOM_AUTH_SECRET_FILE: places.authSecretFile }),
    },
  })
}

/**
 * The first sealing key. Only if no secret was ever sealed: a new key next to old secrets would hide that the right one is
 * lost.
 *
 * @returns whether a file was created, which the administrator must be asked to keep
 */
export function makeFirstKey(keysFile: string): boolean {
  return keepPrivateFile(keysFile, () => `k1 ${randomBytes(32).toString('base64')}\n`).isNew
}
