'use client'

import { ErrorNotice } from '@/components/error-notice'
import type { DatabaseCause } from '@/lib/db/outage'
import './globals.css'

/** Whatever broke outside the console's frame, or the frame itself: one boundary, since each is script on every page. */
export default function BrokenConsole(props: { error: Error & { digest?: string } }) {
  // The page that it replaces, for its language and theme. The error page of the framework gets all but the font in incoming-requests.ts.
  const page = typeof document === 'undefined' ? null : document.documentElement
  return (
    <html
      lang={page?.lang || 'en'}
      className={page?.className}
      data-theme={page?.dataset.theme}
      data-unavailable={page?.dataset.unavailable}
    >
      <body>
        <main className="mx-auto max-w-[52rem] pt-[12vh]">
          <ErrorNotice {...props} cause={(page?.dataset.unavailable ?? 'page') as 'page' | DatabaseCause} />
        </main>
      </body>
    </html>
  )
}
