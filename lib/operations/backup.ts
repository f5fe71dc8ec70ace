import path from 'node:path'
import packageJson from '../../package.json'
import { type AuditEntry, type AuditLog, auditEntry } from '../audit'
import type { Environment } from '../config/environment'
import { chainKeysOf } from '../db'
import { type BackedUp, type BackUpFault, type BackUpOptions, backUp, type Surroundings } from '../db/backup/dump'
import { rowCount } from '../db/backup/header'
import { forgetOldest, keptFile } from '../db/backup/retained'
import { backupKeys, sessionSecretMark } from '../db/backup/signature'
import { type Caller, ok, type Result } from '../kernel'
import { type Restored, type RestoreFault, type RestoreOptions, restore } from './restore'
import { type KeyProblem, type KeyRotationDeps, keyStatus, problemsOf } from './rotate-keys'

type BackupEnvironment = Pick<
  Environment,
  'databaseUrl' | 'ownerDatabaseUrl' | 'dataDir' | 'baseUrl' | 'authSecret' | 'keys'
>

export const surroundingsOf = ({ baseUrl, authSecret, keys }: BackupEnvironment): Surroundings => ({
  productVersion: packageJson.version,
  baseUrl: baseUrl.origin,
  sessionSecretMark: sessionSecretMark(authSecret),
  backupKeys: backupKeys(keys),
})

export const backupEntry = (by: Caller, file: string, { header, bytes }: BackedUp): AuditEntry =>
  auditEntry('backup.write', by, 'backup', { file: path.basename(file), rows: rowCount(header), bytes })

export async function writeBackup(
  { environment, audit }: { environment: BackupEnvironment; audit: AuditLog },
  by: Caller,
  file: string,
  options: BackUpOptions,
): Promise<Result<BackedUp, BackUpFault>> {
  const backedUp = await backUp(databaseOf(environment), file, surroundingsOf(environment), options)
  if (backedUp.ok) await audit.record(backupEntry(by, file, backedUp.value))
  return backedUp
}

/** What an administrator has to put right by hand after a restore. */
export interface RestoreRemarks {
  keys: KeyProblem[]
  /** The origin that the backup's console answered to, where ours is another. */
  otherBaseUrl: string | null
  /** Second factors were set up under a session secret that is not ours: no code will be right. */
  secondFactorsLost: boolean
  /** E-mail addresses of the administrators after the restore, because one could have been added to the file. */
  administrators: string[]
}

export async function restoreBackup(
  services: KeyRotationDeps & { environment: BackupEnvironment },
  by: Caller,
  file: string,
  options: Pick<RestoreOptions, 'replace' | 'acceptAdministrators' | 'onProgress'>,
): Promise<Result<Restored & RestoreRemarks, RestoreFault>> {
  const { environment, clock } = services
  const surroundings = surroundingsOf(environment)
  const now = clock.now()
  const safetyFile = keptFile(environment.dataDir, 'before-restore', now)
  const restored = await restore(databaseOf(environment), file, by, {
    ...options,
    safetyFile,
    surroundings,
    now,
    chainKeys: chainKeysOf(services.db),
  })
  if (!restored.ok) return restored
  if (restored.value.safetyFile !== null) forgetOldest(safetyFile, 'before-restore')
  const { header } = restored.value
  const administrators = await services.db.operator.findMany({
    where: { role: 'admin', disabledAt: null },
    select: { email: true },
    orderBy: { email: 'asc' },
  })
  return ok({
    ...restored.value,
    keys: problemsOf(await keyStatus(services)),
    administrators: administrators.map(({ email }) => email),
    otherBaseUrl: header.baseUrl === surroundings.baseUrl ? null : header.baseUrl,
    secondFactorsLost:
      header.sessionSecretMark !== surroundings.sessionSecretMark &&
      header.tables.some(({ name, rows }) => name === 'TwoFactor' && rows > 0),
  })
}

/** Connects as the role that owns the tables, because a restore empties them and a backup locks out migrations. */
function databaseOf({ databaseUrl, ownerDatabaseUrl }: BackupEnvironment) {
  const url = ownerDatabaseUrl ?? databaseUrl
  if (!url) throw new Error('DATABASE_URL is not set: the host passes it on')
  return url
}
