import 'server-only'
import { cookies, headers } from 'next/headers'
import { cache } from 'react'
import { isLocale, LOCALE_COOKIE, type Locale, localeOfHeader } from '@/lib/kernel/locale'
import { type Namespace, type Words, wordsFor } from '@/lib/kernel/words'

/**
 * The language of this request: the cookie (which sign-in fills from the operator's own setting), else what the browser
 * asks for.
 */
export const currentLocale = cache(async (): Promise<Locale> => {
  const chosen = (await cookies()).get(LOCALE_COOKIE)?.value
  return isLocale(chosen) ? chosen : localeOfHeader((await headers()).get('accept-language'))
})

/** The words of one room in the language of this request, for server components and actions. */
export async function words(namespace: Namespace): Promise<Words> {
  return wordsFor(await currentLocale(), namespace)
}
