import { HOUR_MS } from '../../kernel'
import type { WaitingFailures } from '../store/failure-reports'

/** Reports about single messages that one address gets in an hour about one client. What fails beyond them is put into a summary. */
export const SINGLES_MAX = 10
/** The reports of this time count against the bound. */
export const RECENT_MS = HOUR_MS

export type ReportPlan = { kind: 'singles'; count: number } | { kind: 'summary' }

/**
 * Plans the reports to one address about one client. The first failures are reported one by one. If more come within the hour, they wait
 * until the oldest is an hour old and are then reported together, so that a flood of failures causes one message an hour. Null while they wait.
 */
export function planReports(waiting: Omit<WaitingFailures, 'clientId' | 'to'>, now: Date): ReportPlan | null {
  const { count, oldestAt, singles, hasSummary } = waiting
  const isOverdue = now.getTime() - oldestAt.getTime() >= HOUR_MS
  if (isOverdue && count > 1) return { kind: 'summary' }
  const left = hasSummary ? 0 : Math.max(0, SINGLES_MAX - singles)
  if (left > 0) return { kind: 'singles', count: Math.min(left, count) }
  return isOverdue ? { kind: 'singles', count: 1 } : null
}
