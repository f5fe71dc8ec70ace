import type { Db } from '../../db/client'

/** When each long-lived process and clock last said that it lives. */
export const readHeartbeats = (db: Db): Promise<{ name: string; beatAt: Date }[]> =>
  db.heartbeat.findMany({ orderBy: { name: 'asc' } })

export type DatabaseStatus = Awaited<ReturnType<typeof readDatabaseStatus>>

/** What the System page says about the database and through it. Throws when the database is away. */
export async function readDatabaseStatus(db: Db) {
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
    /** e.g. `17.10` */
    version: server?.server_version.split(' ')[0] ?? '',
    heartbeats,
    lastAccepted: accepted?.startedAt ?? null,
    lastBackup: backup?.at ?? null,
    /** Reminders that no receiver took, however often it was tried. */
    remindersGivenUp,
  }
}
