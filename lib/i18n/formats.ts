import { calendarDays, MINUTE_MS, remembered } from '../kernel'
import { CLOCK, DATE, formatDuration, formatNumber, type Locale, REGION, unbroken } from './locale'

const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** From this number of minutes on, hours are shown. */
const HOURS_FROM_MINUTES = 120

const TEXTS: Record<Locale, { justNow: string; on: string; sinceThe: string }> = {
  en: { justNow: 'just now', on: 'on', sinceThe: '' },
  de: { justNow: 'vor wenigen Sekunden', on: 'am', sinceThe: 'dem ' },
}

function formsOf(locale: Locale) {
  const form = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(REGION[locale], { ...options, timeZone: 'UTC' })
  const together = (options: Intl.DateTimeFormatOptions) => {
    const { format } = form(options)
    return { format: (at: Date) => unbroken(format(at)) }
  }
  return {
    time: together({ ...DATE, ...CLOCK }),
    seconds: together({ ...DATE, ...CLOCK, second: '2-digit' }),
    date: together(DATE),
    clock: form(CLOCK),
    clockSeconds: form({ ...CLOCK, second: '2-digit' }),
    day: together({ day: 'numeric', month: 'short' }),
    parts: form({ day: 'numeric', month: 'short' }),
    weekday: form({ weekday: 'long' }),
    dayAndMonth: together({ day: 'numeric', month: 'long' }),
    fullDate: together({ ...DATE, month: 'long' }),
    moment: form({ dateStyle: 'long', timeStyle: 'short' }),
    long: together({ ...DATE, weekday: 'long', month: 'long' }),
    month: form({ month: 'long' }),
    monthAndYear: form({ month: 'long', year: 'numeric' }),
  }
}

/** Far enough from the same day of another year. */
const isSoonOrRecent = (at: Date, now: Date): boolean => Math.abs(calendarDays(now, at)) < 300

/** What depends on the time of the reader: how far a moment lies from it, and how much of a date has to be written. */
function nearby(locale: Locale, forms: ReturnType<typeof formsOf>) {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const counted = new Intl.RelativeTimeFormat(locale)

  /** How far a day lies from today on the UTC calendar, always in days, as tiles and reminders count them: "today", "in 365 days". */
  const relativeDay = (at: Date, now: Date): string => relative.format(calendarDays(now, at), 'day')

  /** How far `at` lies from `now`, in the largest whole unit: "in 3 days", "vor 5 Minuten". */
  function relativeTime(at: Date, now: Date): string {
    const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? []
    if (unit === 'day') return relativeDay(at, now)
    // A number, because 45 days ago need not be in the last month.
    if (unit && size) return counted.format(Math.trunc(seconds / size), unit)
    return at < now ? TEXTS[locale].justNow : relative.format(0, 'second')
  }

  const isToday = (at: Date, now: Date): boolean => calendarDays(at, now) === 0

  /** The time of a moment of today, the day of an earlier or later one: "07:14", "27 Nov". */
  const shortTime = (at: Date, now: Date): string => forms[isToday(at, now) ? 'clock' : 'day'].format(at)

  /** As `shortTime`, with the time of day for earlier days too: "26 Nov, 23:56". */
  const recentTime = (at: Date, now: Date): string =>
    isToday(at, now) ? forms.clock.format(at) : `${shortTime(at, now)}, ${forms.clock.format(at)}`

  const sinceThe = (at: Date, now: Date): string => (isToday(at, now) ? '' : TEXTS[locale].sinceThe)

  /** "3 December", or "3 December 2027" if that would not be clear. */
  const clearDate = (at: Date, now: Date): string =>
    forms[isSoonOrRecent(at, now) ? 'dayAndMonth' : 'fullDate'].format(at)

  /** A day inside a sentence: "Thursday" within a week, else as `clearDate`. */
  const spokenDate = (at: Date, now: Date): string =>
    Math.abs(calendarDays(now, at)) < 7 ? forms.weekday.format(at) : clearDate(at, now)

  return {
    relativeTime,
    /** As `relativeTime` for what is still to come: a moment that has just passed is due now, and not "just now". */
    timeUntil: (at: Date, now: Date): string => relativeTime(at < now ? now : at, now),
    relativeDay,
    recentTime,
    /** What follows "since": `shortTime` with the article that German needs before a day, "seit dem 27. Nov.". */
    sinceDay: (at: Date, now: Date): string => `${sinceThe(at, now)}${shortTime(at, now)}`,
    /** The same with the time of day for earlier days too: "seit dem 26. Nov., 23:56". */
    sinceTime: (at: Date, now: Date): string => `${sinceThe(at, now)}${recentTime(at, now)}`,
    spokenDate,
    /** The same with its preposition: "today", "tomorrow", "on Thursday", "on 11 December". */
    onDay: (at: Date, now: Date): string =>
      Math.abs(calendarDays(now, at)) > 1 ? `${TEXTS[locale].on} ${spokenDate(at, now)}` : relativeDay(at, now),
    clearDate,
    /** As `clearDate`, short: "3 Dec", "3 Dec 2027". */
    clearDay: (at: Date, now: Date): string => forms[isSoonOrRecent(at, now) ? 'day' : 'date'].format(at),
    /** "March", with its year if that is not the current one. */
    monthOf: (at: Date, now: Date): string =>
      forms[at.getUTCFullYear() === now.getUTCFullYear() ? 'month' : 'monthAndYear'].format(at),
  }
}

function makeFormats(locale: Locale) {
  const forms = formsOf(locale)
  const date = (at: Date): string => forms.date.format(at)
  return {
    locale,
    /** With the separators of the language: "1,204", "1.204". */
    number: (value: number): string => formatNumber(value, locale),
    /** "Finance, Sales and Press". */
    joined: (texts: Iterable<string>): string => new Intl.ListFormat(REGION[locale]).format(texts),
    /** "12.4 GiB", "900 MiB". Rounded down: what is free is never said to be more. */
    space(bytes: number): string {
      const [size, unit, digits] = bytes < 1024 ** 3 ? [1024 ** 2, 'MiB', 0] : [1024 ** 3, 'GiB', 1]
      const rounding = { maximumFractionDigits: digits, roundingMode: 'floor' } as const
      return `${new Intl.NumberFormat(locale, rounding).format(bytes / size)}\u00a0${unit}`
    },
    /** "840 ms", "2.4 s", "1 min 24 s". */
    duration: (ms: number): string => formatDuration(ms, locale),
    /** Within a sentence: "6 minutes", from two hours on "25 hours". */
    spokenDuration(ms: number): string {
      const minutes = Math.floor(ms / MINUTE_MS)
      const [unit, count] = minutes < HOURS_FROM_MINUTES ? ['minute', minutes] : ['hour', Math.floor(minutes / 60)]
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
    },
    /** "1 Mar 2027, 23:30 UTC". It names the zone, since the server does not know where the reader sits. */
    time: (at: Date, precision: 'time' | 'seconds' = 'time'): string => `${forms[precision].format(at)}\u00a0UTC`,
    /** A point in time for alerts and messages, whose readers may be in any time zone: "1 March 2027 at 23:30 UTC". */
    moment: (at: Date): string => `${forms.moment.format(at)} UTC`,
    /** "1 Mar 2027". */
    date,
    /** A day that is stored without a time, as `YYYY-MM-DD`. */
    isoDay: (day: string): string => date(new Date(`${day}T00:00:00Z`)),
    /** "11 December 2026". */
    fullDate: forms.fullDate.format,
    /** "Monday, 30 November 2026". A narrow cell breaks it before the year. */
    longDate: (at: Date): string => forms.long.format(at).replace(/\u00a0(?=\d{4}$)/, ' '),
    /** "Thursday, 3 December". */
    dayOfYear: (at: Date): string => `${forms.weekday.format(at)}, ${forms.dayAndMonth.format(at)}`,
    /** "3 Dec". */
    day: forms.day.format,
    weekday: forms.weekday.format,
    /** "December 2026". */
    monthAndYear: forms.monthAndYear.format,
    /** "Dec", or "Jan 2027". As part of a date: alone, German "Dez" has no full stop. */
    shortMonth(at: Date, withYear: boolean): string {
      const month = forms.parts.formatToParts(at).find(({ type }) => type === 'month')?.value ?? ''
      return withYear ? `${month} ${at.getUTCFullYear()}` : month
    },
    /** "09:00". */
    clockTime: forms.clock.format,
    /** "09:00:07". */
    exactClockTime: forms.clockSeconds.format,
    ...nearby(locale, forms),
  }
}

/** What a language writes numbers, days and moments with, all in UTC. */
export type Formats = ReturnType<typeof makeFormats>

/** Made once for each language: to make them costs a hundred times what it costs to use them. */
export const formatsIn = remembered(makeFormats)
