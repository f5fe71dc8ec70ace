import { DAY_MS, HOUR_MS } from '../kernel/time'

const HOURS = 24
const DAYS = 30

export interface TrafficCounts {
  /** Messages that the mail server took for every recipient that the policy rules allow. */
  delivered: number
  /** Messages that at least one recipient will not get, although the policy rules allow it. */
  failed: number
  /** Attempts after which a message waits for the next. */
  retried: number
}

/** What ended in the hour, or on the day (UTC), that begins then. */
export interface TrafficSpan extends TrafficCounts {
  from: Date
}

/** Oldest first, without gaps; the last one is under way. */
export interface Traffic {
  hours: TrafficSpan[]
  days: TrafficSpan[]
}

/** From then on hours are needed. */
export const trafficSince = (now: Date): Date => new Date(startOf(now, DAY_MS) - (DAYS - 1) * DAY_MS)

/** @param hours as they were counted; an hour in which nothing ended is absent. */
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
  const made = Array.from({ length: count }, (_, at) => ({ from: new Date(firstMs + at * sizeMs), ...NOTHING }))
  for (const { from, delivered, failed, retried } of hours) {
    const span = made[Math.floor((from.getTime() - firstMs) / sizeMs)]
    if (!span) continue
    span.delivered += delivered
    span.failed += failed
    span.retried += retried
  }
  return made
}

const NOTHING: TrafficCounts = { delivered: 0, failed: 0, retried: 0 }

/** Of the whole hour or day, UTC. */
const startOf = (at: Date, sizeMs: number): number => Math.floor(at.getTime() / sizeMs) * sizeMs

export function totalOf(spans: readonly TrafficCounts[]): TrafficCounts {
  const sum = (of: (span: TrafficCounts) => number) => spans.reduce((total, span) => total + of(span), 0)
  return { delivered: sum((it) => it.delivered), failed: sum((it) => it.failed), retried: sum((it) => it.retried) }
}
