import type { Locale } from '@/lib/kernel/locale'

const TAGS: Record<Locale, string> = { en: 'en-GB', de: 'de-DE' }

/** Each unit with its length in seconds, largest first. A year and a month are their mean lengths. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** Day and time in UTC, to the second: rows of a log are compared with other logs. */
export function absolute(at: Date, locale: Locale): string {
  return new Intl.DateTimeFormat(TAGS[locale], { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' }).format(at)
}

/** The same as seen from `now`, in the largest unit that fits: "3 hours ago". */
export function relative(at: Date, now: Date, locale: Locale): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const)
  return new Intl.RelativeTimeFormat(TAGS[locale], { numeric: 'auto' }).format(Math.trunc(seconds / length), unit)
}
