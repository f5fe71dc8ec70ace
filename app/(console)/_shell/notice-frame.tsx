import type { ComponentProps } from 'react'
import { Answer } from '@/components/answer'
import type { NoticeFrame } from '@/components/error-notice'
import { Page } from '@/components/page'

/** The notice of a page that broke, as any page of the console with an answer. */
export default function NoticeOnPage({ bar, title, text, children }: ComponentProps<NoticeFrame>) {
  return (
    <div role="alert">
      <Page title={bar} documentTitle={title} width="text">
        <Answer tone="bad" title={title} detail={text} />
        {children}
      </Page>
    </div>
  )
}
