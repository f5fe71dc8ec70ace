import type { Metadata, Viewport } from 'next'
import { cookies, headers } from 'next/headers'
import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { KeepFocus } from '@/components/keep-focus'
import { WithPartTexts } from '@/components/part-texts'
import { isTheme, THEME_COOKIE } from '@/lib/kernel/theme'
import { currentLocale, getTranslations, partTexts } from './_server/translations'
import { inter } from './font'
import './globals.css'
// Without it each boundary, which is script on every page, would bring its own copy of the notice and of all texts of scripts.
import '@/components/error-notice'

export const metadata: Metadata = { robots: { index: false, follow: false } }
export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' }

/**
 * On a slow connection people type before the scripts have arrived. When React takes over the page it sets each field of several lines to
 * its stored text again (`initTextarea` in react-dom). No other kind of field loses what was typed. It may happen again when a part of the
 * page is late. This remembers what was typed and enters it again.
 *
 * A script also waits for the style sheets above it, and the parser for the script. Otherwise a browser that gives the page the focus lays
 * all of it out without styles first, and again with them. Without scripts nothing waits.
 */
const KEEP_TYPED = `{
const typed = new Map()
const observer = new MutationObserver((records) => {
  for (const { target } of records) {
    if (!typed.has(target)) continue
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(target, typed.get(target))
    target.dispatchEvent(new Event('input', { bubbles: true }))
  }
})
addEventListener('input', ({ target, isTrusted }) => {
  if (target.type !== 'textarea' || !isTrusted) return
  if (Object.keys(target).some((key) => key.startsWith('__react'))) return typed.delete(target)
  typed.set(target, target.value)
  observer.observe(target, { childList: true })
})
addEventListener('submit', () => typed.clear())
}`

/** The nonce in this answer's content policy, which only lib/access/incoming-requests.ts writes. */
const nonceOf = async () => /'nonce-([^']+)'/.exec((await headers()).get('content-security-policy') ?? '')?.[1]

/** Every page is made for its request: a page made at build time could carry no nonce. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  await connection()
  const theme = (await cookies()).get(THEME_COOKIE)?.value
  return (
    <html lang={await currentLocale()} className={inter.variable} data-theme={isTheme(theme) ? theme : undefined}>
      <body>
        {/* For browsers that know it: no frame before the content is parsed, since the first one would be empty. */}
        <link rel="expect" href="#main" blocking="render" />
        <script nonce={await nonceOf()} suppressHydrationWarning>
          {KEEP_TYPED}
        </script>
        <WithPartTexts {...partTexts(await getTranslations('shell'))}>{children}</WithPartTexts>
        <KeepFocus />
      </body>
    </html>
  )
}
