import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { readEnvFile } from '../config/env-file'
import { UsageFault } from './usage-fault'

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
  if (!added.ok) throw new UsageFault(`${added.error.variable} ${added.error.problem}`)
  Object.assign(process.env, added.value)
  if (added.value.NODE_EXTRA_CA_CERTS === undefined || STARTS_PROCESSES.includes(command)) return
  const { status } = spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(status ?? 1)
}
