import { spawnSync } from 'node:child_process'
import { cpSync, existsSync } from 'node:fs'
import path from 'node:path'

/*
 * Node versions on which a part of the tests runs, in addition to the one that runs all of them. Their programs are npm packages of
 * 120 MB each, so they are not dependencies of the product: `npm run verify` installs them, from a separate lockfile.
 */
const lists = path.join(import.meta.dirname, 'other-nodes')
/** Apart from the sources, which several tests read whole. */
const folder = path.resolve(import.meta.dirname, '../.cache/other-nodes')
export const OTHER_LINES = ['22', '24']

/** The program of a line; null where it is not installed, or there is none for this platform. */
export function findNode(line) {
  const program = path.join(folder, 'node_modules', `node-${line}-${process.platform}-${process.arch}`, 'bin/node')
  return existsSync(program) ? program : null
}

/** Installs what is missing. Where it cannot be had the tests on it are skipped. */
export function ensureOtherNodes() {
  if (process.platform !== 'linux' || OTHER_LINES.every((line) => findNode(line))) return
  cpSync(lists, folder, { recursive: true })
  spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })
}
