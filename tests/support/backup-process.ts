import { createAuditLog } from '../../lib/audit'
import { createVault } from '../../lib/crypto/vault'
import { createDb } from '../../lib/db'
import { systemClock } from '../../lib/kernel'
import { Redacted } from '../../lib/kernel/redacted'
import { restoreBackup, writeBackup } from '../../lib/operations/backup'
import { testChainKeys } from './chain-keys'

/** For tests only: a process that backs up or restores and is killed. It says each step on standard output. */
const { url, file, dataDir, keys, action } = JSON.parse(process.env.BACKUP ?? '{}')
const ring = (keys as { kid: string; key: string }[]).map(({ kid, key }) => ({ kid, key: new Redacted(key) }))
const databaseUrl = new Redacted(url)
const db = createDb(databaseUrl, testChainKeys)
const services = {
  environment: {
    databaseUrl,
    ownerDatabaseUrl: null,
    dataDir,
    keys: ring,
    clouds: [],
    baseUrl: new URL('https://mail.contoso.example'),
    authSecret: new Redacted('a secret of the test, long enough'),
  },
  clock: systemClock,
  db,
  vault: createVault(ring, systemClock),
  audit: createAuditLog(db, systemClock),
}
const by = { actor: { kind: 'command-line', user: 'root' }, origin: { address: null, requestId: 'r' } } as const
const onProgress = ({ table }: { table: string }): void => void process.stdout.write(`${table}\n`)
const done =
  action === 'backup'
    ? await writeBackup(services, by, file, { force: true, onProgress })
    : await restoreBackup(services, by, file, { replace: true, acceptAdministrators: false, onProgress })
process.stdout.write(done.ok ? 'done\n' : `${JSON.stringify(done.error)}\n`)
await db.$disconnect()
