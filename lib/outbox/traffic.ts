import { DAY_MS, HOUR_MS } from '../kernel/time'

const HOURS = 24
const DAYS = 30

export interface TrafficCounts {
  /** Messages that the mail server accepted for every recipient that the policy rules allow. */
  delivered: number
  /** Messages that at least one recipient will not get although the policy rules allow it. */
  failed: number
  /** Attempts after which a message waits for the next. */
  retried: number
}

/** What ended in the hour or day (UTC) that begins at `from`. */
export interface TrafficSpan extends TrafficCounts {
  from: Date
}

/** Oldest first, without gaps. The last span is the current one. */
export interface Traffic {
  hours: TrafficSpan[]
  days: TrafficSpan[]
}

/** The first hour that is needed. */
export const trafficSince = (now: Date): Date => new Date(startOf(now, DAY_MS) - (DAYS - 1) * DAY_MS)

/** @param hours the counters; an hour in which nothing ended is missing */
export function trafficOf(hours: readonly TrafficSpan[], now: Date): Traffic {
  return {
    hours: spans(hours, { sizeMs: HOUR_MS, count: HOURS, now }),
    days: spans(hours, { sizeMs: DAY_MS, count: DAYS, now }),
  }
}

function spans(
  hours: readonly TrafficSpan[],
  { sizeMs, count, now }: { sizeMs: number; count: number; now: Date },
): TrafficSpan[] {
  const firstMs = startOf(now, sizeMs) - (count - 1) * sizeMs
  const result = Array.from({ length: count }, (_, at) => ({ from: new Date(firstMs + at * sizeMs), ...NOTHING }))
  for (const { from, delivered, failed, retried } of hours) {
    const span = result[Math.floor((from.getTime() - firstMs) / sizeMs)]
    if (!span) continue
    span.delivered += delivered
    span.failed += failed
    span.retried += retried
  }
  return result
}

const NOTHING: TrafficCounts = { delivered: 0, failed: 0, retried: 0 }

/** Start of the hour or day in UTC. */
const startOf = (at: Date, sizeMs: number): number => Math.floor(at.getTime() / sizeMs) * sizeMs

export function totalOf(spans: readonly TrafficCounts[]): TrafficCounts {
  const sum = (of: (span: TrafficCounts) => number) => spans.reduce((total, span) => total + of(span), 0)
  return { delivered: sum((it) => it.delivered), failed: sum((it) => it.failed), retried: sum((it) => it.retried) }
}
