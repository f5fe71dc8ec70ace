import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { fail, ok, type Result } from '../kernel'
import type { EnvironmentFault, Variables } from './environment-fault'

const FILE_SUFFIX = /_FILE$/

/**
 * What a `.env` file adds to the environment. A variable that the environment sets wins, in either of its forms: with
 * `DATABASE_URL` in the environment, `DATABASE_URL_FILE` in the file is ignored as well, since both at once are an error.
 */
export function addedByEnvFile(text: string, environment: Variables): Record<string, string> {
  const isSet = new Set(Object.keys(environment).map((name) => name.replace(FILE_SUFFIX, '')))
  const entries = Object.entries(parseEnv(text)).filter(([name]) => !isSet.has(name.replace(FILE_SUFFIX, '')))
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
}

/** Reads `.env` in `folder`. Adds nothing if there is no such file. */
export function readEnvFile(folder: string, environment: Variables): Result<Record<string, string>, EnvironmentFault> {
  const file = path.join(folder, '.env')
  try {
    return ok(addedByEnvFile(readFileSync(file, 'utf8'), environment))
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return ok({})
    return fail({ variable: '.env', problem: `cannot be read: ${file}` })
  }
}
