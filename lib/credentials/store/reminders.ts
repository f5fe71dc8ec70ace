import type { Db } from '../../db'
import { pick, recordOf } from '../../kernel'
import type { NotificationState } from '../../notifications/kinds'
import type { SendFaultNote } from '../../notifications/store/channel-rows'
import { insertNotifications, OF_CREDENTIALS, withdraw } from '../../notifications/store/notifications'
import { dueCount, type PlanFacts, plannedChannels, type ReminderPlan, WRONG_CLOCK_MS } from '../reminders/plan'
import { listApiKeys } from './api-keys'
import { credentialOf } from './credentials'
import { readWatch } from './watch-settings'

/** There may be one for each threshold of each key and channel. */
const PLANNED = recordOf(
  ['id', 'credentialId', 'clientId', 'channelId', 'expiryVersion', 'thresholdDays', 'state', 'dueAt'],
  () => true as const,
)

export async function readPlanFacts(db: Db, now: Date): Promise<PlanFacts> {
  const [rows, keys, channelRows, { thresholdsDays }] = await Promise.all([
    db.credential.findMany({ where: { removedAt: null, slot: { not: 'previous' } } }),
    listApiKeys(db),
    db.notificationChannel.findMany({
      select: { id: true, kind: true, enabled: true, reminders: true, address: true, ownerOnly: true },
    }),
    readWatch(db),
  ])
  const credentials = [...rows.map(credentialOf), ...keys]
  const planned = { channels: plannedChannels(channelRows), thresholdsDays, now }
  // Read after the credentials: a row that is not seen here is refused by its unique key.
  const complete = await completeKeys(db, keys, planned)
  const clientId = { in: keys.flatMap(({ id }) => (complete.has(id) ? [] : [id])) }
  const wrongFrom = new Date(now.getTime() + WRONG_CLOCK_MS)
  const stored = await db.reminder.findMany({
    where: {
      ...OF_CREDENTIALS,
      AND: {
        OR: [
          { state: { in: ['due', 'queued'] } },
          { credentialId: { in: rows.map(({ id }) => id) } },
          { clientId },
          { dueAt: { gt: wrongFrom } },
        ],
      },
    },
    select: PLANNED,
  })
  return {
    ...planned,
    credentials,
    complete,
    stored: stored.map((row) => ({ ...row, state: row.state as NotificationState })),
  }
}

/** The keys of which nothing is new, found without reading the reminders of all of them: thousands have tens of thousands. */
async function completeKeys(
  db: Db,
  keys: Awaited<ReturnType<typeof listApiKeys>>,
  { channels, thresholdsDays, now }: Pick<PlanFacts, 'channels' | 'thresholdsDays' | 'now'>,
): Promise<Set<string>> {
  const enabled = channels.filter((channel) => channel.enabled)
  const counted = keys.map((key) => ({
    id: key.id,
    version: key.expiryVersion,
    owner: key.owners[0] ?? null,
    due: dueCount(key, { channels, thresholdsDays, now }),
  }))
  const complete = await db.$queryRaw<{ id: string }[]>`
    SELECT k."id" FROM json_to_recordset(${JSON.stringify(counted)}::json) AS k("id" uuid, "version" int, "owner" text, "due" int)
    WHERE k."due" = (
      SELECT count(*) FROM "Reminder" r
      JOIN unnest(${enabled.map(({ id }) => id)}::uuid[], ${enabled.map(({ owner }) => owner)}::text[]) AS c("id", "owner")
        ON c."id" = r."channelId" AND (c."owner" IS NULL OR c."owner" = k."owner")
      WHERE r."clientId" = k."id" AND r."expiryVersion" = k."version" AND r."thresholdDays" = ANY(${[...thresholdsDays]}::int[])
        AND r."dueAt" <= ${now} AND r."state" NOT IN ('due', 'queued'))`
  return new Set(complete.map(({ id }) => id))
}

/** Rows that one statement adds. All of a plan at once may take longer than a transaction has. */
const ADDED_AT_ONCE = 1_000

/**
 * Stores what was planned. Rows exist before anything is sent; a row that is being sent is left alone. If it breaks off, the next plan contains
 * what is left: what a reminder covers is stored before it, because the next plan does not know what a stored one was to cover.
 */
export async function applyPlan(db: Db, { create, cover, cancel, takeBack }: ReminderPlan, now: Date): Promise<void> {
  await db.$transaction(async (tx) => {
    await tx.reminder.deleteMany({ where: { id: { in: takeBack } } })
    await withdraw(tx, cover, 'covered', now)
    await withdraw(tx, cancel, 'cancelled', now)
  })
  const rows = [...create.filter(({ state }) => state === 'covered'), ...create.filter(({ state }) => state === 'due')]
  for (let from = 0; from < rows.length; from += ADDED_AT_ONCE)
    await insertNotifications(db, rows.slice(from, from + ADDED_AT_ONCE))
}

export type Reminder = Awaited<ReturnType<typeof listReminders>>[number]

/** The newest `limit` reminders of credentials and API keys, and other notifications that were given up; or those of one credential. Newest first. */
export async function listReminders(db: Db, limit: number, credentialId?: string) {
  const rows = await db.reminder.findMany({
    where: credentialId ? { credentialId } : { OR: [...OF_CREDENTIALS.OR, { state: 'failed' }] },
    orderBy: [{ dueAt: 'desc' }, { id: 'desc' }],
    take: limit,
  })
  return rows.map((row) => ({
    ...pick(row, 'id', 'credentialId', 'clientId', 'channelId', 'thresholdDays', 'dueAt', 'attempts', 'nextAttemptAt'),
    ...pick(row, 'sentAt'),
    state: row.state as NotificationState,
    fault: row.fault as unknown as SendFaultNote | null,
  }))
}
