import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { readEnvironment } from '../../lib/config/environment'
import { createServices } from '../../lib/services/create'
import { freshDatabase } from './database'
import { newKey } from './mail-server'

/** All services of one process as production makes them, on a separate database. */
export async function wholeDeployment(variables: Record<string, string> = {}) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-whole-'))
  writeFileSync(path.join(folder, 'keys'), `k1 ${newKey('k1').key.reveal()}\n`, { mode: 0o600 })
  const fresh = await freshDatabase()
  const read = readEnvironment({
    DATABASE_URL: fresh.url,
    POSTROOM_DATA_DIR: folder,
    POSTROOM_KEYS_FILE: path.join(folder, 'keys'),
    POSTROOM_AUTH_SECRET: createHash('sha256').update('a session secret of the tests').digest('base64'),
    LOG_LEVEL: 'silent',
    ...variables,
  })
  if (!read.ok) throw new Error(read.error.problem)
  const services = createServices(read.value)
  return {
    fresh,
    services,
    async close() {
      await services.db.$disconnect()
      await fresh.drop()
      rmSync(folder, { recursive: true })
    },
  }
}
