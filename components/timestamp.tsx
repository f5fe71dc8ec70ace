import type { Locale } from '@/lib/kernel/locale'

const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** How far `at` lies from `now`, in the largest whole unit: "in 3 days", "vor 5 Minuten". */
export function relativeTime(at: Date, now: Date, locale: Locale): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000)
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const fitting = UNITS.find(([, size]) => Math.abs(seconds) >= size)
  return fitting ? words.format(Math.trunc(seconds / fitting[1]), fitting[0]) : words.format(0, 'second')
}

/** In UTC, and says so: the server does not know where the reader sits. */
export function absoluteTime(at: Date, locale: Locale): string {
  const text = at.toLocaleString(locale === 'en' ? 'en-GB' : 'de-DE', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
  })
  return `${text} UTC`
}

export function absoluteDate(at: Date, locale: Locale): string {
  return at.toLocaleDateString(locale === 'en' ? 'en-GB' : 'de-DE', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  })
}

/** A moment, absolute and relative; `date` leaves the time of day out. */
export function Timestamp({
  at,
  now,
  locale,
  show = 'time',
}: {
  at: Date
  now: Date
  locale: Locale
  show?: 'time' | 'date'
}) {
  return (
    <time dateTime={at.toISOString()} className="tabular-nums">
      {show === 'date' ? absoluteDate(at, locale) : absoluteTime(at, locale)}{' '}
      <span className="text-faint">({relativeTime(at, now, locale)})</span>
    </time>
  )
}
