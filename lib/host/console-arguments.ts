import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../db/project-root'
import { LEAN } from './lean'

/** Arguments for Node that start the console of a standalone build behind our own guard. */
export function consoleArguments(standalone: string): string[] {
  const guard = pathToFileURL(path.join(projectRoot(), 'dist/console.mjs')).href
  return [...LEAN, '--import', guard, path.join(standalone, 'server.js')]
}
