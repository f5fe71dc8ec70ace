'use client'

import { ErrorNotice } from '@/components/error-notice'
import './globals.css'

/** Whatever broke outside the console's frame, or the frame itself: one boundary, since each is script on every page. */
export default function BrokenConsole(props: { error: Error & { digest?: string } }) {
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
