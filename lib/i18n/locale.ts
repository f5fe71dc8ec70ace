import type { Caller } from '../kernel'
import { cookieIn } from '../kernel/cookie-in'

/** The languages of the texts. English is first because it is the language of JSON answers and logs. */
export const LOCALES = ['en', 'de'] as const
export type Locale = (typeof LOCALES)[number]
export const DEFAULT_LOCALE: Locale = 'en'
export const LANGUAGE_NAMES: Record<Locale, string> = { en: 'English', de: 'Deutsch' }

/** The cookie with the chosen language. proxy.ts sets it for `?locale=de`, and so does the account page. */
export const LOCALE_COOKIE = 'locale'

/** Only the beginning of Accept-Language is read, since a client may send any length. */
const ACCEPT_LANGUAGE_CHARS_MAX = 200

export const isLocale = (text: unknown): text is Locale => LOCALES.some((locale) => locale === text)

export const REGION: Record<Locale, string> = { en: 'en-GB', de: 'de-DE' }

/** The options of a date and of a time of day. */
export const DATE = { day: 'numeric', month: 'short', year: 'numeric' } as const
export const CLOCK = { hour: '2-digit', minute: '2-digit' } as const

/** Day, month and year stay on one line: one that ends in "3." would read like the end of a sentence. */
export const unbroken = (date: string): string =>
  date.replaceAll(/(?<=\d\.?) (?=\p{L})|(?<=\p{L}\.?) (?=\d{4})/gu, '\u00a0')

/** As `time` of the formats, for scripts of the browser, to which only the few moments that they show are worth sending code for. */
export const formatTime = (at: Date, locale: Locale): string =>
  `${unbroken(at.toLocaleString(REGION[locale], { ...DATE, ...CLOCK, timeZone: 'UTC' }))}\u00a0UTC`

/** Made once: `toLocaleString` makes one each time that the language is not that of the call before. */
const NUMBERS: Record<Locale, Intl.NumberFormat> = {
  en: new Intl.NumberFormat(REGION.en),
  de: new Intl.NumberFormat(REGION.de),
}

/** With the separators of the language: "1,204", "1.204". */
export const formatNumber = (value: number, locale: Locale): string => NUMBERS[locale].format(value).replace('-', '−')

/** The language with the highest weight in Accept-Language that the console has (RFC 9110 §12.5.4). */
export function localeOfHeader(acceptLanguage: string | null | undefined): Locale {
  const accepted = (acceptLanguage ?? '')
    .slice(0, ACCEPT_LANGUAGE_CHARS_MAX)
    .split(',')
    .flatMap((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
      const language = tag.split('-')[0]
      const q = weight === undefined ? 1 : Number(weight)
      return isLocale(language) && q > 0 ? [{ language, q }] : []
    })
  return accepted.sort((a, b) => b.q - a.q)[0]?.language ?? DEFAULT_LOCALE
}

/** The language of a request by its headers: the chosen one, else what the browser asks for. */
export function localeOf(cookies: string | null | undefined, acceptLanguage: string | null | undefined): Locale {
  const chosen = cookieIn(cookies, LOCALE_COOKIE)
  return isLocale(chosen) ? chosen : localeOfHeader(acceptLanguage)
}

/** A caller who gets answers in a language. */
export interface LocalisedCaller extends Caller {
  locale: Locale
}

/** Between a number and its unit, where a line must not end. */
const NBSP = '\u00a0'

/** "840 ms", "2.4 s" below ten seconds, "24 s", "1 min 24 s", "2 h 5 min", "41 d 3 h" from two days on. The units are the same in every language. */
export function formatDuration(ms: number, locale: Locale): string {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)}${NBSP}ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 10) return `${formatNumber(Math.round(ms / 100) / 10, locale)}${NBSP}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1) return `${seconds}${NBSP}s`
  if (minutes < 60) return pair(minutes, 'min', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? pair(hours, 'h', minutes % 60, 'min') : pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const pair = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${NBSP}${unit}` : `${large}${NBSP}${unit} ${small}${NBSP}${smallUnit}`
