import { DAY_MS, HOUR_MS } from '../kernel'

/** What is shown of a day and of a month: how many spans, and how long each is. */
const DAY = { sizeMs: HOUR_MS, count: 24 }
const MONTH = { sizeMs: DAY_MS, count: 30 }

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

/** The time from which something counts, and the first hour that is shown, which also holds what failed in the part of an hour before it. */
export interface Since {
  at: Date
  firstHour: Date
}

const since = (now: Date, range: typeof DAY): Since => ({
  at: new Date(now.getTime() - range.count * range.sizeMs),
  firstHour: new Date(firstMsOf(now, range)),
})
export const sinceDay = (now: Date): Since => since(now, DAY)
export const sinceMonth = (now: Date): Since => since(now, MONTH)

/** @param rows the counters; an hour in which nothing ended is missing */
export function trafficOf(rows: readonly TrafficRow[], now: Date) {
  const hoursOf = (serverRows: readonly TrafficRow[]) => spans(serverRows, DAY, now)
  const ids = new Set(rows.flatMap(({ mailServerId }) => mailServerId ?? []))
  return {
    hours: hoursOf(rows),
    days: spans(rows, MONTH, now),
    /** The hours of each mail server, by its id; a mail server that sent nothing is missing. */
    servers: new Map([...ids].map((id) => [id, hoursOf(rows.filter((row) => row.mailServerId === id))])),
  }
}

function spans(hours: readonly TrafficSpan[], range: typeof DAY, now: Date) {
  const { sizeMs, count } = range
  const firstMs = firstMsOf(now, range)
  const result = Array.from({ length: count }, (_, index) => ({ from: new Date(firstMs + index * sizeMs), ...NOTHING }))
  for (const { from, delivered, failed } of hours) {
    const span = result[Math.floor((from.getTime() - firstMs) / sizeMs)]
    if (!span) continue
    span.delivered += delivered
    span.failed += failed
  }
  return result
}

const NOTHING: TrafficCounts = { delivered: 0, failed: 0 }

/** When the first of the spans begins, the last of which contains `now`. */
const firstMsOf = (now: Date, { sizeMs, count }: typeof DAY): number =>
  (Math.floor(now.getTime() / sizeMs) - count + 1) * sizeMs

export function totalOf(spans: readonly TrafficCounts[]): TrafficCounts {
  const sum = (count: (span: TrafficCounts) => number) => spans.reduce((total, span) => total + count(span), 0)
  return { delivered: sum((it) => it.delivered), failed: sum((it) => it.failed) }
}
