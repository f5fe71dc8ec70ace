import { PlainLink } from '@/components/text'
import { LANGUAGE_NAMES, LOCALES } from '@/lib/i18n/locale'
import { currentLocale } from './translations'

/** Each language under its own name; proxy.ts turns `?locale=` into the cookie. Plain links, so the whole page changes. */
export async function LocaleLinks({ path }: { path: string }) {
  const current = await currentLocale()
  return (
    <ul className="flex gap-4">
      {LOCALES.map((locale) => (
        <li key={locale} lang={locale}>
          {locale === current ? (
            <span aria-current="true">{LANGUAGE_NAMES[locale]}</span>
          ) : (
            <PlainLink href={`${path}${path.includes('?') ? '&' : '?'}locale=${locale}`}>
              {LANGUAGE_NAMES[locale]}
            </PlainLink>
          )}
        </li>
      ))}
    </ul>
  )
}
