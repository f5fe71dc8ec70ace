import { DAY_MS } from '@/lib/kernel'

const MARGIN_MS = 30 * DAY_MS
/** Older and later ends of bars are cut off: near ones must stay legible. */
const PAST_MS = 365 * DAY_MS
const FUTURE_MS = 760 * DAY_MS
const TICKS_MAX = 5
const STEPS_MONTHS = [1, 2, 3, 6, 12]

export type Scale = ReturnType<typeof axisScale>

/** A scale from shortly before the first of these moments to shortly after the last. `now` is well inside, with space on its right for a label on a narrow phone. */
export function axisScale(moments: readonly Date[], now: Date) {
  const nowMs = now.getTime()
  const times = moments.map((moment) => moment.getTime())
  const fromMs = Math.max(nowMs - PAST_MS, Math.min(nowMs, ...times) - MARGIN_MS)
  const lastMs = Math.max(nowMs + 2 * MARGIN_MS, ...times) + MARGIN_MS
  const untilMs = Math.min(nowMs + FUTURE_MS, Math.max(nowMs + 1.4 * (nowMs - fromMs), lastMs))
  const xOf = (moment: Date) => Math.min(100, Math.max(0, ((moment.getTime() - fromMs) / (untilMs - fromMs)) * 100))
  return {
    /** The x coordinate of a moment, in per cent of the width, cut off at both ends. */
    xOf,
    holds: (moment: Date) => moment.getTime() >= fromMs && moment.getTime() <= untilMs,
    /** First days of months, not too many, none at the very edge. */
    ticks: ticksBetween(new Date(fromMs), new Date(untilMs)).filter((tick) => xOf(tick) > 6 && xOf(tick) < 94),
  }
}

function ticksBetween(from: Date, until: Date): Date[] {
  for (const step of STEPS_MONTHS) {
    const ticks: Date[] = []
    const month = from.getUTCMonth() + 1
    for (let next = Math.ceil(month / step) * step; ; next += step) {
      const tick = new Date(Date.UTC(from.getUTCFullYear(), next, 1))
      if (tick > until) break
      ticks.push(tick)
    }
    if (ticks.length <= TICKS_MAX) return ticks
  }
  return []
}

/** Only marks that lie on the bar: a threshold that passed before the bar begins would be a tick across nothing. */
export const marksIn = ({ from, marks }: { from: Date; marks: readonly Date[] }, scale: Pick<Scale, 'holds'>): Date[] =>
  marks.filter((mark) => mark > from && scale.holds(mark))
