import type { Db } from '../../db/client'

export interface DatabaseStatus {
  /** e.g. `17.10` */
  version: string
  heartbeats: { name: string; beatAt: Date }[]
  lastAccepted: Date | null
  /** When the last complete backup was written. */
  lastBackup: Date | null
  /** Reminders that no receiver took, however often it was tried. */
  remindersGivenUp: number
}

/** When each long-lived process and clock last said that it lives. */
export const readHeartbeats = (db: Db): Promise<DatabaseStatus['heartbeats']> =>
  db.heartbeat.findMany({ orderBy: { name: 'asc' } })

/** What the System page says about the database and through it. Throws when the database is away. */
export async function readDatabaseStatus(db: Db): Promise<DatabaseStatus> {
  const [[server], heartbeats, accepted, backup, remindersGivenUp] = await Promise.all([
    db.$queryRaw<{ server_version: string }[]>`SHOW server_version`,
    readHeartbeats(db),
    db.testRun.findFirst({
      where: { outcome: 'accepted', asSender: null },
      orderBy: { startedAt: 'desc' },
      select: { startedAt: true },
    }),
    db.auditEvent.findFirst({
      where: { action: 'backup.write', result: 'done' },
      orderBy: { at: 'desc' },
      select: { at: true },
    }),
    db.reminder.count({ where: { state: 'failed' } }),
  ])
  return {
    version: server?.server_version.split(' ')[0] ?? '',
    heartbeats,
    lastAccepted: accepted?.startedAt ?? null,
    lastBackup: backup?.at ?? null,
    remindersGivenUp,
  }
}
