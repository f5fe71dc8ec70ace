import 'server-only'
import { cookies } from 'next/headers'
import type { CookieToSet } from '@/lib/accounts/terms'
import { LOCALE_COOKIE, type Locale } from '@/lib/i18n/locale'
import { services } from '@/lib/services'

const LOCALE_SECONDS = 365 * 24 * 60 * 60

/** Only in an action or a route: a page can no longer set cookies. */
export async function setCookies(list: readonly CookieToSet[]): Promise<void> {
  const jar = await cookies()
  for (const { name, value, maxAgeSeconds, secure } of list) {
    jar.set(name, value, {
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure,
      ...(maxAgeSeconds === null ? {} : { maxAge: maxAgeSeconds }),
    })
  }
}

/** The operator's own language, for the next page; null leaves it to the browser. */
export async function setLocaleCookie(locale: Locale | null): Promise<void> {
  const jar = await cookies()
  const secure = services().environment.baseUrl.protocol === 'https:'
  if (locale === null) jar.delete(LOCALE_COOKIE)
  else jar.set(LOCALE_COOKIE, locale, { httpOnly: true, sameSite: 'lax', path: '/', secure, maxAge: LOCALE_SECONDS })
}
