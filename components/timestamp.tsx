import type { Locale } from '@/lib/i18n/locale'
import { calendarDays } from '@/lib/kernel'

const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

const DATE = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const

/** Day and month stay on one line: one that ends in "3." would read like the end of a sentence. */
const unbroken = (date: Intl.DateTimeFormat) => ({ format: (at: Date) => date.format(at).replace(' ', '\u00a0') })

/** Made once: to make one costs a hundred times what it costs to use it, and a list has dozens of times. */
const formatsOf = (locale: Locale, region: string, texts: { justNow: string; on: string }) => ({
  ...texts,
  relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
  time: unbroken(new Intl.DateTimeFormat(region, { ...DATE, hour: '2-digit', minute: '2-digit' })),
  seconds: unbroken(
    new Intl.DateTimeFormat(region, { ...DATE, hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  ),
  date: unbroken(new Intl.DateTimeFormat(region, DATE)),
  clock: new Intl.DateTimeFormat(region, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' }),
  day: new Intl.DateTimeFormat(region, { day: 'numeric', month: 'short', timeZone: 'UTC' }),
  weekday: new Intl.DateTimeFormat(region, { weekday: 'long', timeZone: 'UTC' }),
  dayAndMonth: unbroken(new Intl.DateTimeFormat(region, { day: 'numeric', month: 'long', timeZone: 'UTC' })),
  fullDate: new Intl.DateTimeFormat(region, { ...DATE, month: 'long' }),
  long: new Intl.DateTimeFormat(region, { ...DATE, weekday: 'long', month: 'long' }),
  month: new Intl.DateTimeFormat(region, { month: 'long', timeZone: 'UTC' }),
  monthAndYear: new Intl.DateTimeFormat(region, { month: 'long', year: 'numeric', timeZone: 'UTC' }),
})
export const FORMATS: Record<Locale, ReturnType<typeof formatsOf>> = {
  en: formatsOf('en', 'en-GB', { justNow: 'just now', on: 'on' }),
  de: formatsOf('de', 'de-DE', { justNow: 'gerade eben', on: 'am' }),
}

/** How far `at` lies from `now`, in the largest whole unit: "in 3 days", "vor 5 Minuten". */
export function relativeTime(at: Date, now: Date, locale: Locale): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  const { relative, justNow } = FORMATS[locale]
  const fitting = UNITS.find(([, size]) => Math.abs(seconds) >= size)
  if (fitting) return relative.format(Math.trunc(seconds / fitting[1]), fitting[0])
  return at < now ? justNow : relative.format(0, 'second')
}

/** As `relativeTime` for what is still to come: a moment that has just passed is due now, and not "just now". */
export const timeUntil = (at: Date, now: Date, locale: Locale): string => relativeTime(at < now ? now : at, now, locale)

/** In UTC, and says so: the server does not know where the reader sits. */
export function absoluteTime(at: Date, locale: Locale, precision: 'time' | 'seconds' = 'time'): string {
  return `${FORMATS[locale][precision].format(at)} UTC`
}

export function absoluteDate(at: Date, locale: Locale): string {
  return FORMATS[locale].date.format(at)
}

/** A day that is stored without a time, as `YYYY-MM-DD`. */
export const isoDayText = (day: string, locale: Locale): string => absoluteDate(new Date(`${day}T00:00:00Z`), locale)

/** How far a day lies from today on the UTC calendar, always in days, as tiles and reminders count them: "today", "in 365 days". */
export const relativeDay = (at: Date, now: Date, locale: Locale): string =>
  FORMATS[locale].relative.format(calendarDays(now, at), 'day')

/** The time of a moment of today, the day of an earlier or later one: "07:14", "27 Nov". In UTC. */
export const shortTime = (at: Date, now: Date, locale: Locale): string =>
  FORMATS[locale][calendarDays(at, now) === 0 ? 'clock' : 'day'].format(at)

/** "09:00", in UTC. */
export const clockTime = (at: Date, locale: Locale): string => FORMATS[locale].clock.format(at)

/** As `shortTime`, with the time of day for earlier days too: "26 Nov, 23:56". */
export const recentTime = (at: Date, now: Date, locale: Locale): string =>
  calendarDays(at, now) === 0 ? clockTime(at, locale) : `${shortTime(at, now, locale)}, ${clockTime(at, locale)}`

/** "Monday, 30 November 2026". */
export const longDate = (at: Date, locale: Locale): string => FORMATS[locale].long.format(at)

/** "Thursday, 3 December". */
export const dayOfYear = (at: Date, locale: Locale): string =>
  `${FORMATS[locale].weekday.format(at)}, ${FORMATS[locale].dayAndMonth.format(at)}`

/** Far enough from the same day of another year. */
export const isSoonOrRecent = (at: Date, now: Date): boolean => Math.abs(calendarDays(now, at)) < 300

/** A day inside a sentence: "Thursday" within a week, else "3 December", or "3 December 2027" if that would not be clear. */
export function spokenDate(at: Date, now: Date, locale: Locale): string {
  if (Math.abs(calendarDays(now, at)) < 7) return FORMATS[locale].weekday.format(at)
  return FORMATS[locale][isSoonOrRecent(at, now) ? 'dayAndMonth' : 'fullDate'].format(at)
}

/** The same with its preposition: "today", "tomorrow", "on Thursday", "on 11 December". */
export const onDay = (at: Date, now: Date, locale: Locale): string =>
  Math.abs(calendarDays(now, at)) > 1
    ? `${FORMATS[locale].on} ${spokenDate(at, now, locale)}`
    : relativeDay(at, now, locale)

/** "March", with its year if that is not the current one. */
export const monthOf = (at: Date, now: Date, locale: Locale): string =>
  FORMATS[locale][at.getUTCFullYear() === now.getUTCFullYear() ? 'month' : 'monthAndYear'].format(at)

/** A moment, absolute and relative; `date` leaves the time of day out. */
export function Timestamp(props: { at: Date; now: Date; locale: Locale; show?: 'time' | 'date' }) {
  const { at, now, locale, show } = props
  const [absolute, relative] =
    show === 'date'
      ? [absoluteDate(at, locale), relativeDay(at, now, locale)]
      : [absoluteTime(at, locale), relativeTime(at, now, locale)]
  return (
    <time dateTime={at.toISOString()} className="tabular-nums">
      <span>{absolute}</span> <span className="text-faint">{`(${relative})`}</span>
    </time>
  )
}
