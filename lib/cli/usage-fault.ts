import type { Command } from 'commander'
import { bytesOf } from '../config/bytes-of-file'
import { type DatabaseCause, databaseCause } from '../db/outage'
import { messageOf } from '../kernel'
import { printable } from '../net/scrub'

/** Wrong usage or configuration: one line on standard error, exit code 2. */
export class UsageFault extends Error {}

/** More than any text that a command takes: that of a message has at most 100 KiB. */
const FILE_BYTES_MAX = 128 * 1024

/**
 * A file's text without a byte order mark.
 *
 * @throws if it cannot be read, is too large, or is not UTF-8, because a secret would then be read as another one
 */
export const textIn = (file: string, read = bytesOf): string =>
  new TextDecoder('utf-8', { fatal: true }).decode(read(file, FILE_BYTES_MAX))

/** The text of the file that an option names. @throws UsageFault if it cannot be read */
export function textOfFile(option: string, file: string): string {
  try {
    return textIn(file)
  } catch (thrown) {
    throw new UsageFault(`${option} ${file}: ${messageOf(thrown)}`)
  }
}

/** One line, for exit code 2, about what a command could not do because of the database; null for any other error, which is a bug. */
export function databaseFaultLine(thrown: unknown): string | null {
  const cause = databaseCause(thrown)
  return cause && DATABASE_LINES[cause]
}

const DATABASE_LINES: Readonly<Record<DatabaseCause, string>> = {
  full: 'the disk with the files of the database is full. Free space on it, then run the command again',
  memory:
    'the database is out of memory. Free memory on its computer, or raise the limit that its log names, then run the command again',
  connections:
    'the database has no connection left. Run the command again later, or raise max_connections or the connection limit of the role',
  locked:
    'a lock in the database lasts too long. Run the command again later, or look in pg_stat_activity for the session that holds it',
  away: 'the database does not respond or is read-only. Start the PostgreSQL server that DATABASE_URL names, or name its primary there; without DATABASE_URL, start Postroom. Then run the command again',
}

/** Every level throws rather than exits, so that what was opened is closed; a fault is one line that names the help text. */
export function quieten(command: Command, name = command.name()): void {
  command.exitOverride().configureOutput({
    outputError(text, write) {
      const fault = text.replace(/^error: /, '').replace(/\.?\s*$/, '')
      write(`postroom: ${printable(fault.replaceAll('\n', ' '))}; see \`${name} --help\`\n`)
    },
  })
  for (const child of command.commands) quieten(child, `${name} ${child.name()}`)
}
