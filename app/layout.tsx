import type { Metadata, Viewport } from 'next'
import localFont from 'next/font/local'
import { cookies } from 'next/headers'
import { connection } from 'next/server'
import type { ReactNode } from 'react'
import { isTheme, THEME_COOKIE } from '@/lib/kernel/theme'
import { currentLocale } from './_server/translations'
import './globals.css'

const inter = localFont({
  src: '../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2',
  weight: '100 900',
  display: 'swap',
  variable: '--font-inter',
})

export const metadata: Metadata = {
  title: { template: '%s · Postroom', default: 'Postroom' },
  robots: { index: false, follow: false },
}
export const viewport: Viewport = { width: 'device-width', initialScale: 1, colorScheme: 'light dark' }

/** Every page is made for its request: a page made at build time could carry no nonce. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  await connection()
  const theme = (await cookies()).get(THEME_COOKIE)?.value
  return (
    <html lang={await currentLocale()} className={inter.variable} data-theme={isTheme(theme) ? theme : undefined}>
      <body>{children}</body>
    </html>
  )
}
