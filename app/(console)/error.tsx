'use client'

import { ErrorNotice } from '@/components/error-notice'

/** A page of the console that broke: the rail stays. */
export default function BrokenPage(props: { error: Error & { digest?: string } }) {
  return <ErrorNotice {...props} />
}
