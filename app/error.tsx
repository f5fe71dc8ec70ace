'use client'

import { ErrorNotice } from '@/components/error-notice'

/** A page that broke outside the console's frame, or the frame itself. */
export default function BrokenPage(props: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <main className="px-4 pt-[12vh]">
      <ErrorNotice {...props} />
    </main>
  )
}
