import { DAY_MS, HOUR_MS } from '../kernel'

const HOURS = 24
export const DAYS = 30

export interface TrafficCounts {
  /** Messages that the mail server accepted for every recipient that the policy rules allow. */
  delivered: number
  /** Messages that at least one recipient will not get although the policy rules allow it. */
  failed: number
}

/** What ended in the hour or day (UTC) that begins at `from`. */
export interface TrafficSpan extends TrafficCounts {
  from: Date
}

/** Oldest first, without gaps. The last span is the current one. */
export type Traffic = ReturnType<typeof trafficOf>

/** The counters of one mail server, or of all. */
export interface TrafficRow extends TrafficSpan {
  /** Null for days that are older than those of which the hours are shown. */
  mailServerId: string | null
}

/** The first hour that is needed. */
export const firstHourOfMonth = (now: Date): Date => new Date(startOf(now, DAY_MS) - (DAYS - 1) * DAY_MS)

/** The first hour that is shown on its own. */
export const firstHourOfDay = (now: Date): Date => new Date(startOf(now, HOUR_MS) - (HOURS - 1) * HOUR_MS)

/** @param rows the counters; an hour in which nothing ended is missing */
export function trafficOf(rows: readonly TrafficRow[], now: Date) {
  const hoursOf = (some: readonly TrafficRow[]) => spans(some, { sizeMs: HOUR_MS, count: HOURS, now })
  const ids = new Set(rows.flatMap(({ mailServerId }) => mailServerId ?? []))
  return {
    hours: hoursOf(rows),
    days: spans(rows, { sizeMs: DAY_MS, count: DAYS, now }),
    /** The hours of each mail server, by its id; a mail server that sent nothing is missing. */
    servers: new Map([...ids].map((id) => [id, hoursOf(rows.filter((row) => row.mailServerId === id))])),
  }
}

function spans(hours: readonly TrafficSpan[], { sizeMs, count, now }: { sizeMs: number; count: number; now: Date }) {
  const firstMs = startOf(now, sizeMs) - (count - 1) * sizeMs
  const result = Array.from({ length: count }, (_, at) => ({ from: new Date(firstMs + at * sizeMs), ...NOTHING }))
  for (const { from, delivered, failed } of hours) {
    const span = result[Math.floor((from.getTime() - firstMs) / sizeMs)]
    if (!span) continue
    span.delivered += delivered
    span.failed += failed
  }
  return result
}

const NOTHING: TrafficCounts = { delivered: 0, failed: 0 }

const startOf = (at: Date, sizeMs: number): number => Math.floor(at.getTime() / sizeMs) * sizeMs

export function totalOf(spans: readonly TrafficCounts[]): TrafficCounts {
  const sum = (of: (span: TrafficCounts) => number) => spans.reduce((total, span) => total + of(span), 0)
  return { delivered: sum((it) => it.delivered), failed: sum((it) => it.failed) }
}
