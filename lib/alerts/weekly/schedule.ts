import { DAY_MS, HOUR_MS } from '../../kernel'

const WEEK_MS = 7 * DAY_MS

/** When the report is due, in UTC: a day of the week, 1 for Monday, and an hour. */
export interface Schedule {
  weekday: number
  hour: number
}

/** The seven days that a report is about. It is due when they end. */
export interface Week {
  from: Date
  to: Date
}

/** 1 January 1970 was a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS

export const weekUntil = (to: Date): Week => ({ from: new Date(to.getTime() - WEEK_MS), to })

/** The newest week whose report is due. */
export function newestWeek({ weekday, hour }: Schedule, now: Date): Week {
  const offset = FIRST_MONDAY_MS + (weekday - 1) * DAY_MS + hour * HOUR_MS
  return weekUntil(new Date(Math.floor((now.getTime() - offset) / WEEK_MS) * WEEK_MS + offset))
}

/** When the next report is due. */
export const nextReportAt = (schedule: Schedule, now: Date): Date =>
  new Date(newestWeek(schedule, now).to.getTime() + WEEK_MS)
