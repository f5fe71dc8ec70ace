import { type Db, ONLY_ROW, type Tx } from '../../db'
import { dayText } from '../../kernel'
import { insertNotifications } from '../../notifications/store/notifications'
import { channelsFor } from '../store'
import type { Schedule, Week } from './schedule'

/** When the report is due, and which channels get it. None at first. */
export interface WeeklySettings extends Schedule {
  /** Ids of the channels. */
  channels: string[]
}

export async function readSettings(db: Tx) {
  const [{ weekday, hour, version, updatedAt }, channels] = await Promise.all([
    db.weeklyReport.findUniqueOrThrow({ where: ONLY_ROW }),
    channelsFor(db, { weekly: true }),
  ])
  return { weekday, hour, version, updatedAt, channels }
}

/** The day of a week's report, as the database stores it. */
export const dayOf = ({ to }: Week): Date => new Date(dayText(to))

/** Stores that the report of this week is due at every channel that gets it. A key of the rows allows each one once. */
export async function planReports(db: Db, week: Week): Promise<void> {
  const channels = await channelsFor(db, { weekly: true, enabled: true })
  const due = { week: dayOf(week), expiryVersion: 0, thresholdDays: 0, state: 'due', dueAt: week.to }
  const rows = channels.map((channelId) => ({ ...due, channelId }))
  await insertNotifications(db, rows)
}
