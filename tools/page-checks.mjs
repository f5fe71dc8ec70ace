import { existsSync } from 'node:fs'
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
  if (!existsSync(path.join(packages, '.package-lock.json'))) installApart(LIST)
  const load = (file) => import(pathToFileURL(path.join(packages, file)).href)
  const { default: lighthouse, desktopConfig } = await load('lighthouse/core/index.js')
  const { default: pa11y } = await load('pa11y/lib/pa11y.js')
  return { lighthouse, desktopConfig, pa11y }
}
