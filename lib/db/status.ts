import type { Db } from './client'

export interface DatabaseStatus {
  /** e.g. `17.10` */
  version: string
  heartbeats: { name: string; beatAt: Date }[]
  /** How many stored secrets each key seals. */
  keys: { kid: string; secrets: number }[]
  lastAccepted: Date | null
}

/** What the System page says about the database and through it. Throws when the database is away. */
export async function readDatabaseStatus(db: Db): Promise<DatabaseStatus> {
  const [[server], heartbeats, checks, credentials, accepted] = await Promise.all([
    db.$queryRaw<{ server_version: string }[]>`SHOW server_version`,
    db.heartbeat.findMany({ orderBy: { name: 'asc' } }),
    db.keyCheck.findMany({ select: { kid: true }, orderBy: { createdAt: 'asc' } }),
    db.credential.groupBy({ by: ['kid'], where: { sealed: { not: null } }, _count: true }),
    db.testRun.findFirst({
      where: { outcome: 'accepted' },
      orderBy: { startedAt: 'desc' },
      select: { startedAt: true },
    }),
  ])
  const sealed = new Map(credentials.map(({ kid, _count }) => [kid ?? '', _count]))
  const kids = new Set([...checks.map(({ kid }) => kid), ...sealed.keys()])
  return {
    version: server?.server_version.split(' ')[0] ?? '',
    heartbeats,
    keys: [...kids].map((kid) => ({ kid, secrets: sealed.get(kid) ?? 0 })),
    lastAccepted: accepted?.startedAt ?? null,
  }
}
