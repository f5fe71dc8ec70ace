import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { folderApart, installApart } from './apart.mjs'

/*
 * Lighthouse and pa11y. With what they need they are a quarter of the files of all packages, so they are not dependencies of the
 * product: `npm run check:pages` installs them, from a separate lockfile.
 */
const LIST = 'page-checks'

export async function pageChecks() {
  const packages = path.join(folderApart(LIST), 'node_modules')
  const [wanted, installed] = [import.meta.dirname, path.dirname(folderApart(LIST))].map((folder) =>
    path.join(folder, LIST, 'package-lock.json'),
  )
  const isInstalled =
    existsSync(path.join(packages, '.package-lock.json')) && readFileSync(wanted).equals(readFileSync(installed))
  if (!isInstalled && !(await installApart(LIST)))
    throw new Error('Lighthouse and pa11y could not be installed: see above')
  const load = (file) => import(pathToFileURL(path.join(packages, file)).href)
  const { default: lighthouse, desktopConfig } = await load('lighthouse/core/index.js')
  const { default: pa11y } = await load('pa11y/lib/pa11y.js')
  return { lighthouse, desktopConfig, pa11y }
}
