import 'server-only'
import { cookies, headers } from 'next/headers'
import { cache } from 'react'
import { isLocale, LOCALE_COOKIE, type Locale, localeOfHeader } from '@/lib/i18n/locale'
import { type Namespace, type Translator, translatorFor } from '@/lib/i18n/translations'
import { recordOf } from '@/lib/kernel'

/** The language of this request: the cookie (which sign-in fills from the operator's own setting), else what the browser asks for. */
export const currentLocale = cache(async (): Promise<Locale> => {
  const chosen = (await cookies()).get(LOCALE_COOKIE)?.value
  return isLocale(chosen) ? chosen : localeOfHeader((await headers()).get('accept-language'))
})

/** The texts of one namespace in the language of this request, for server components and actions. */
export async function getTranslations<N extends Namespace>(namespace: N): Promise<Translator<N>> {
  return translatorFor(await currentLocale(), namespace, 'page')
}

/** The same for several namespaces: `const [t, shell] = await translators('clients', 'shell')`. */
export async function translators<const N extends readonly Namespace[]>(...namespaces: N) {
  const locale = await currentLocale()
  return namespaces.map((namespace) => translatorFor(locale, namespace, 'page')) as {
    [At in keyof N]: Translator<N[At]>
  }
}

/** For `WithPartTexts`. */
export const partTexts = (t: Translator<'shell'>) =>
  recordOf(['copy', 'copied', 'notCopied', 'close', 'pending', 'results'] as const, (key) => t(key))
