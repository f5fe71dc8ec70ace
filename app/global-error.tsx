'use client'

import { ErrorNotice } from '@/components/error-notice'
import './globals.css'

/** When even the root layout broke. */
export default function BrokenConsole(props: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <main className="px-4 pt-[12vh]">
          <ErrorNotice {...props} />
        </main>
      </body>
    </html>
  )
}
