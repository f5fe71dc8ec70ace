import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { projectRoot } from '../../lib/db/project-root'

/*
 * Each file that tests the production build begins with it. `npm run verify` begins the other tests while it builds, and names a file in
 * `BUILD_FAILED` that it makes when there will be no build.
 */
const { BUILD_FAILED } = process.env
while (!existsSync(path.join(projectRoot(), 'dist/.built'))) {
  if (!BUILD_FAILED || existsSync(BUILD_FAILED)) throw new Error('there is no build: npm run build')
  await wait(100)
}
