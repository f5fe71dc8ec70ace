import { existsSync } from 'node:fs'
import path from 'node:path'
import { folderApart, installApart } from './apart.mjs'

/*
 * Node versions on which a part of the tests runs, in addition to the one that runs all of them. Their programs are npm packages of
 * 120 MB each, so they are not dependencies of the product: `npm run verify` installs them, from a separate lockfile.
 */
const LIST = 'other-nodes'
export const OTHER_LINES = ['22', '24']

/** @returns the program of a Node version, or null if it is not installed or does not exist for this platform */
export function findNode(line) {
  const name = `node-${line}-${process.platform}-${process.arch}`
  const program = path.join(folderApart(LIST), 'node_modules', name, 'bin/node')
  return existsSync(program) ? program : null
}

/** Installs the Node versions that are missing. If that fails, the tests on them are skipped. */
export async function ensureOtherNodes() {
  if (process.platform !== 'linux' || OTHER_LINES.every((line) => findNode(line))) return
  await installApart(LIST)
}
