import type { Formats } from '@/lib/i18n/formats'
import { DAY_MS, isDay, MINUTE_MS, recordOf } from '@/lib/kernel'
import { type SearchParams, textIn } from './search-params'

/** The parameters of a range of time in UTC: its first and its last day, and a time of each, which may be empty. */
export const RANGE_FIELDS = ['from', 'fromTime', 'until', 'untilTime'] as const
export type TimeRange = Record<(typeof RANGE_FIELDS)[number], string>

/**
 * Parses a range of time. The last day or minute is included, and an end that has only a time is on the first day.
 *
 * @returns what was typed without ends that are not dates, the texts of these, and the moments of the others; `until` is excluded.
 *   A reversed range ends before it begins.
 */
export function timeRangeIn(params: SearchParams) {
  const typed: TimeRange = recordOf(RANGE_FIELDS, (name) => textIn(params, name))
  const { from, fromTime, untilTime } = typed
  const until = typed.until || (untilTime && from)
  const [first, last] = [spanOf(from, fromTime), spanOf(until, untilTime)]
  const isReversed = first !== null && last !== null && last.end <= first.start
  const badDays = [first ? '' : `${from} ${fromTime}`, last ? '' : `${typed.until} ${untilTime}`]
  return {
    range: { ...typed, ...(!first && { from: '', fromTime: '' }), ...(!last && { until: '', untilTime: '' }) },
    moments: { ...(first && { from: first.start }), ...(last && { until: last.end }) },
    isReversed,
    badDays: badDays.map((text) => text.trim()).filter((text) => text !== ''),
  }
}

/** The day in UTC, or the minute of it. Null for a text that is neither. */
function spanOf(day: string, time: string): { start: Date; end: Date } | null {
  if (!isDay(day) || !/^(([01]\d|2[0-3]):[0-5]\d)?$/.test(time)) return null
  const start = new Date(`${day}T${time || '00:00'}Z`)
  return { start, end: new Date(start.getTime() + (time ? MINUTE_MS : DAY_MS)) }
}

/** What is wrong with a range, in sentences: a date field cannot show what is no date. */
export const timeRangeFaults = (
  { badDays, isReversed }: Pick<ReturnType<typeof timeRangeIn>, 'badDays' | 'isReversed'>,
  t: (key: `filter.${'badDay' | 'reversed'}`, values?: Record<string, string>) => string,
): string[] => [...badDays.map((text) => t('filter.badDay', { text })), ...(isReversed ? [t('filter.reversed')] : [])]

export function timeRangeText(
  range: TimeRange,
  t: ((key: `filter.${'range' | 'since' | 'before'}`, values: Record<string, string>) => string) &
    Pick<Formats, 'isoDay'>,
): string | null {
  const momentOf = (day: string, time: string) => `${day && t.isoDay(day)} ${time}`.trim()
  const [from, until] = [momentOf(range.from, range.fromTime), momentOf(range.until, range.untilTime)]
  if (from && until) return t('filter.range', { from, until })
  if (from) return t('filter.since', { from })
  return until ? t('filter.before', { until }) : null
}
