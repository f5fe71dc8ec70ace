'use client'

import { lazy } from 'react'
import { type BrokenPage, ErrorNotice } from '@/components/error-notice'
import type { DatabaseCause } from '@/lib/db/outage'
import { inter } from './font'
import './globals.css'

/** Its script comes only when it is seen. */
const OnCard = lazy(() => import('./_form/notice-on-card'))

/** Whatever broke outside the console's frame, or the frame itself: one boundary, since each is script on every page. */
export default function BrokenConsole(props: BrokenPage) {
  // The page that it replaces, for its language and theme. The error page of the framework gets these in incoming-requests.ts.
  const page = typeof document === 'undefined' ? null : document.documentElement
  return (
    <html
      lang={page?.lang || 'en'}
      className={inter.variable}
      data-theme={page?.dataset.theme}
      data-unavailable={page?.dataset.unavailable}
    >
      <body>
        <ErrorNotice
          {...props}
          frame={OnCard}
          cause={(page?.dataset.unavailable ?? 'page') as 'page' | DatabaseCause}
        />
      </body>
    </html>
  )
}
