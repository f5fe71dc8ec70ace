import type { Formats } from '@/lib/i18n/formats'

/** Parses whole numbers separated by commas or spaces. Null if the text contains anything else. */
export function daysIn(typed: string): number[] | null {
  const parts = typed.split(/[\s,;]+/).filter((part) => part !== '')
  return parts.every((part) => /^\d{1,4}$/.test(part)) ? parts.map(Number) : null
}

/** Without the expiry itself, for which a reminder is always sent. */
export const daysText = (thresholdsDays: readonly number[]): string =>
  thresholdsDays.filter((days) => days > 0).join(', ')

/** The values of a text about these days, such as "60, 30 and 7". `count` is 1 only for a single reminder one day ahead. */
export function daysAhead(thresholdsDays: readonly number[], { joined }: Pick<Formats, 'joined'>) {
  const days = thresholdsDays.filter((each) => each > 0)
  return { days: joined(days.map(String)), count: days.length === 1 ? (days[0] ?? 0) : days.length }
}
