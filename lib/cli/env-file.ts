import { spawnSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parseEnv } from 'node:util'
import { bytesOfFile } from '../config/bytes-of-file'
import { unreadable } from '../config/environment'
import type { Variables } from '../config/environment-fault'
import { textIn, UsageFault } from './usage-fault'

/** These commands start further processes, which get NODE_EXTRA_CA_CERTS from the beginning. */
const STARTS_PROCESSES: readonly (string | undefined)[] = ['start', 'demo']

/**
 * Adds `.env` of the working directory to this process's environment, where the environment itself wins.
 *
 * Node reads NODE_EXTRA_CA_CERTS once, when it starts. If it comes from the file, a command that itself connects runs again
 * in a process that has it, and this one ends with that one's exit code.
 *
 * @throws UsageFault if the file cannot be read
 */
export function loadEnvFile(command: string | undefined): void {
  const added = readEnvFile(process.cwd(), process.env)
  Object.assign(process.env, added)
  if (added.NODE_EXTRA_CA_CERTS === undefined || STARTS_PROCESSES.includes(command)) return
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status ?? 1)
}

/** What `.env` in `folder` adds; nothing if there is no such file. @throws UsageFault also for a line that would be lost */
export function readEnvFile(folder: string, environment: Variables): Record<string, string> {
  const file = path.join(folder, '.env')
  let text: string
  try {
    text = textIn(file, bytesOfFile)
  } catch (thrown) {
    const isMissing = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
    // A link whose file is missing is there, and what it was to set must not have its default instead.
    if (isMissing && !lstatSync(file, { throwIfNoEntry: false })) return {}
    throw new UsageFault(`.env ${unreadable(file, thrown)}`)
  }
  const added = addedByEnvFile(text, environment)
  const invalidName = Object.keys(added).find((name) => !NAME.test(name))
  if (invalidName === undefined) return added
  const line = text.split('\n').findIndex((each) => each.includes(invalidName.split('\n')[0] ?? ''))
  throw new UsageFault(`line ${line + 1} of .env is not NAME=value: ${file}`)
}

const NAME = /^[A-Za-z_][\w.-]*$/
/** Of a variable behind the text, so that Node does not leave out a last line without an equals sign. */
const END = 'POSTROOM_ENV_FILE_END'

const FILE_SUFFIX = /_FILE$/

/**
 * What a `.env` file adds to the environment. A variable that the environment sets wins, in either of its forms: with
 * `DATABASE_URL` in the environment, `DATABASE_URL_FILE` in the file is ignored as well, since both at once are an error.
 */
export function addedByEnvFile(text: string, environment: Variables): Record<string, string> {
  const variablesSet = new Set([...Object.keys(environment), END].map((name) => name.replace(FILE_SUFFIX, '')))
  // Node 20 takes a blank or comment that is indented for the beginning of the next name.
  const plain = text.replaceAll(/^[ \t]+(?=#|\r?$)/gm, '')
  const variables = Object.entries(parseEnv(`${plain}\n${END}=`))
  const entries = variables.filter(([name]) => !variablesSet.has(name.replace(FILE_SUFFIX, '')))
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']))
}
