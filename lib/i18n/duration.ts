import { MINUTE_MS } from '../kernel/time'
import { formatNumber, type Locale } from './locale'

/** Between a number and its unit, where a line must not end. */
const NBSP = '\u00a0'

/** "840 ms", "2.4 s" below ten seconds, "24 s", "1 min 24 s", "2 h 5 min". The units are the same in every language. */
export function formatDuration(ms: number, locale: Locale): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)}${NBSP}ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 10) return `${formatNumber(Math.round(ms / 100) / 10, locale)}${NBSP}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1) return `${seconds}${NBSP}s`
  if (minutes < 60) return pair(minutes, 'min', seconds % 60, 's')
  return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

const pair = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${NBSP}${unit}` : `${large}${NBSP}${unit} ${small}${NBSP}${smallUnit}`

/** From there on minutes say too much. */
const HOURS_FROM_MINUTES = 120

/** Within a sentence: "6 minutes", from two hours on "25 hours". */
export function spokenDuration(ms: number, locale: Locale): string {
  const minutes = Math.floor(ms / MINUTE_MS)
  const [unit, count] =
    minutes < HOURS_FROM_MINUTES ? (['minute', minutes] as const) : (['hour', Math.floor(minutes / 60)] as const)
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}
