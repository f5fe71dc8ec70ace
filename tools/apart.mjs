import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import path from 'node:path'

/** The folder with the packages of such a list. It is outside the sources, because several tests read all of those. */
export const folderApart = (name) => path.resolve(import.meta.dirname, '../.cache', name)

/**
 * Installs what a folder of `tools` lists with its lockfile. These packages are too large to be dependencies of the product.
 *
 * @returns false if the installation failed
 */
export async function installApart(name) {
  const folder = folderApart(name)
  cpSync(path.join(import.meta.dirname, name), folder, { recursive: true })
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = spawn('npm', options, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
  const [code] = await once(npm, 'close').catch(() => [null])
  return code === 0
}
