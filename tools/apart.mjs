import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import path from 'node:path'

/** Where the packages of such a list are: apart from the sources, which several tests read whole. */
export const folderApart = (name) => path.resolve(import.meta.dirname, '../.cache', name)

/** Installs what a folder of `tools` lists with its lockfile: packages that are too large to be dependencies of the product. False if it failed. */
export function installApart(name) {
  const folder = folderApart(name)
  cpSync(path.join(import.meta.dirname, name), folder, { recursive: true })
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  return spawnSync('npm', options, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' }).status === 0
}
