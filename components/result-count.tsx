'use client'

import { useSearchParams } from 'next/navigation'
import { useEffect, useRef, useState } from 'react'
import { useAnnouncement } from './live'
import { usePartTexts } from './part-texts'

/** In an address that says what a button did. That is announced instead. */
const ANSWER = /\b(done|refused)=/

/**
 * How many rows the filters leave. An address that ends in its id gives it the focus: a form of a filter loads the page again, which would
 * begin at its top, and a link to older rows would keep the focus, below them. After any other link that filters, which keeps the focus, a
 * screen reader says it, but not when a list that is read again has other rows. A link of the framework makes nothing the target of CSS.
 */
export function ResultCount({ count }: { count: string }) {
  const text = `${usePartTexts().results}: ${count}`
  const place = useRef<HTMLDivElement>(null)
  const { region, announce } = useAnnouncement()
  const [isShown, show] = useState(false)
  const query = String(useSearchParams())
  const last = useRef(query)

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each address
  useEffect(() => {
    if (last.current === query) return
    last.current = query
    const leadsHere = location.hash === `#${place.current?.id}`
    show(leadsHere)
    if (leadsHere) place.current?.focus()
    else if (!ANSWER.test(query)) announce(text)
  }, [query])
  return (
    <>
      {/* A paragraph within it, because Orca says a focused text twice with Chromium. */}
      <div
        ref={place}
        id="results"
        tabIndex={-1}
        className={`scroll-mt-40 text-sm text-soft ${isShown ? '' : 'not-target:sr-only'}`}
      >
        <p>{text}</p>
      </div>
      {region}
    </>
  )
}
