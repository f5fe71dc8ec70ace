import type { Db } from '../../db'
import type { HeartbeatModel } from '../../db/generated/models'
import { MINUTE_MS } from '../../kernel'
import { aheadSeconds } from './status'

/** @param host name of the machine, because several may run a process of this name */
export async function beat(db: Db, name: string, now: Date, host = ''): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Heartbeat" ("name", "host", "beatAt", "aheadSeconds") VALUES (${name}, ${host}, ${now}, ${aheadSeconds(now)})
    ON CONFLICT ("name", "host") DO UPDATE SET "beatAt" = excluded."beatAt", "aheadSeconds" = excluded."aheadSeconds"`
}

/** Ends the heartbeat of a process that ends in order. It counts as silent only if no other process has its name. */
export async function endBeat(db: Db, name: string, host: string): Promise<void> {
  await db.$executeRaw`
    WITH ended AS (DELETE FROM "Heartbeat" WHERE "name" = ${name} AND "host" = ${host} RETURNING "beatAt", "aheadSeconds")
    INSERT INTO "Heartbeat" ("name", "beatAt", "aheadSeconds") SELECT ${name}, "beatAt", "aheadSeconds" FROM ended
    ON CONFLICT ("name", "host") DO UPDATE SET "beatAt" = excluded."beatAt", "aheadSeconds" = excluded."aheadSeconds"`
}

/** Removes those that are older than this by the database's time: the clock of their machine may differ by days. */
export const removeHeartbeats = (db: Db, before: Date): Promise<number> =>
  db.$executeRaw`DELETE FROM "Heartbeat" WHERE "beatAt" - "aheadSeconds" * interval '1 second' < ${before}`

export type Machine = Pick<HeartbeatModel, 'freeBytes' | 'certificateExpiresAt'>

/** What this machine measured, on the heartbeat of its worker. */
export const storeMachine = (db: Db, host: string, data: Partial<Machine>): Promise<unknown> =>
  db.heartbeat.updateMany({ where: { name: 'worker', host }, data })

/** Ten heartbeats: a machine that has been silent for longer was not merely restarted. */
const SILENT_MS = 5 * MINUTE_MS

/** What each other machine with a worker measured last, by the database's time. Not one that is silent: it may be gone, or have another name. */
export async function readOtherMachines(db: Db, host: string, now: Date) {
  return db.$queryRaw<HeartbeatModel[]>`
    SELECT * FROM "Heartbeat" WHERE "name" = 'worker' AND "host" <> ${host} AND "freeBytes" IS NOT NULL
      AND "beatAt" - "aheadSeconds" * interval '1 second' >= ${new Date(now.getTime() - SILENT_MS)}`
}
