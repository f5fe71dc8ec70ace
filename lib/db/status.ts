import type { Db } from './client'

export interface DatabaseStatus {
  /** e.g. `17.10` */
  version: string
  heartbeats: { name: string; beatAt: Date }[]
  lastAccepted: Date | null
}

/** What the System page says about the database and through it. Throws when the database is away. */
export async function readDatabaseStatus(db: Db): Promise<DatabaseStatus> {
  const [[server], heartbeats, accepted] = await Promise.all([
    db.$queryRaw<{ server_version: string }[]>`SHOW server_version`,
    db.heartbeat.findMany({ orderBy: { name: 'asc' } }),
    db.testRun.findFirst({
      where: { outcome: 'accepted' },
      orderBy: { startedAt: 'desc' },
      select: { startedAt: true },
    }),
  ])
  return {
    version: server?.server_version.split(' ')[0] ?? '',
    heartbeats,
    lastAccepted: accepted?.startedAt ?? null,
  }
}
