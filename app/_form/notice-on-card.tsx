import type { ComponentProps } from 'react'
import type { NoticeFrame } from '@/components/error-notice'
import { Entrance } from '@/components/sign-in-layout'

/** The notice in place of the whole console, on the card of an address without a page. */
export default function NoticeOnCard({ title, text, children }: ComponentProps<NoticeFrame>) {
  return (
    <Entrance title={title} description={text} role="alert">
      <div className="grid gap-4">{children}</div>
    </Entrance>
  )
}
