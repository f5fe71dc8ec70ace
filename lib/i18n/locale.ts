import type { Caller } from '../kernel/actor'

/** The languages of every text a person reads. English first: it is the language of JSON answers and logs. */
export const LOCALES = ['en', 'de'] as const
export type Locale = (typeof LOCALES)[number]
export const DEFAULT_LOCALE: Locale = 'en'
/** Each language by its own name, the same in every language. */
export const LANGUAGE_NAMES: Record<Locale, string> = { en: 'English', de: 'Deutsch' }

/** The cookie that remembers a person's choice; set by proxy.ts on `?locale=de` and by the account page. */
export const LOCALE_COOKIE = 'locale'

/** Accept-Language is the client's to fill, so only its beginning is read. */
const ACCEPT_LANGUAGE_CHARS_MAX = 200

export function isLocale(text: unknown): text is Locale {
  return LOCALES.some((locale) => locale === text)
}

/** The first of the browser's languages that we speak, by its own weights (RFC 9110 §12.5.4). */
export function localeOfHeader(acceptLanguage: string | null | undefined): Locale {
  const asked = (acceptLanguage ?? '')
    .slice(0, ACCEPT_LANGUAGE_CHARS_MAX)
    .split(',')
    .flatMap((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean)
      const language = tag.split('-')[0]
      const q = weight === undefined ? 1 : Number(weight)
      return isLocale(language) && q > 0 ? [{ language, q }] : []
    })
  return asked.sort((a, b) => b.q - a.q)[0]?.language ?? DEFAULT_LOCALE
}

/** A caller who is answered with texts. */
export interface LocalisedCaller extends Caller {
  locale: Locale
}
