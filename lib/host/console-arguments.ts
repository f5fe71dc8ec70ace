import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../db/project-root'
import { LEAN } from './lean'

/** MiB of each half of the young heap, a quarter of what V8 lets it have. Less would cost processor time (decision 48). */
const YOUNG_HALF_MIB = 4

/** Arguments for Node that keep the console's memory small. */
export const CONSOLE_LEAN: readonly string[] = [...LEAN, `--max-semi-space-size=${YOUNG_HALF_MIB}`]

/** Arguments for Node that start the console of a standalone build behind our own guard. */
export function consoleArguments(standalone: string): string[] {
  const guard = pathToFileURL(path.join(projectRoot(), 'dist/console.mjs')).href
  return [...CONSOLE_LEAN, '--import', guard, path.join(standalone, 'server.js')]
}
