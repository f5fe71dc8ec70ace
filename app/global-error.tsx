'use client'

import { ErrorNotice } from '@/components/error-notice'
import './globals.css'

const UNKNOWN = { lang: 'en', className: '', dataset: { theme: undefined } }

/** Whatever broke outside the console's frame, or the frame itself: one boundary, since each is script on every page. */
export default function BrokenConsole(props: { error: Error & { digest?: string } }) {
  // Language, theme and font of the page that it replaces. If there was none, the language is the browser's.
  const { lang, className, dataset } = typeof window === 'undefined' ? UNKNOWN : document.documentElement
  return (
    <html
      lang={lang || (navigator.language.startsWith('de') ? 'de' : 'en')}
      className={className}
      data-theme={dataset.theme}
    >
      <body>
        <title>Postroom</title>
        <main className="px-4 pt-[12vh]">
          <ErrorNotice {...props} />
        </main>
      </body>
    </html>
  )
}
