'use client'

import { type ComponentProps, useEffect, useState, useSyncExternalStore } from 'react'

/** With Firefox a screen reader says what is put into a region only if the region has been there for a good tenth of a second. */
const NOTICED_MS = 250
/** By then a screen reader has taken the text of a region, which would otherwise be read a second time. */
const ANNOUNCED_MS = 3_000

/** An empty region, and what puts a text into it that a screen reader says once, where no region has the text already. */
export function useAnnouncement() {
  const [text, announce] = useState('')
  useEffect(() => {
    if (text === '') return
    const timer = setTimeout(announce, ANNOUNCED_MS, '')
    return () => clearTimeout(timer)
  }, [text])
  const region = (
    <span aria-live="polite" className="sr-only">
      {text}
    </span>
  )
  return { region, announce }
}

/**
 * A region that screen readers announce. They do so when it changes, so its content is put in again once the region has been noticed. Until
 * then they are not given what a script puts into the page, since some would say it once with the region and once for the change.
 *
 * Where a form's answer puts it into the page, the heading gets the focus, so that the next Tab continues there and not in front of the
 * navigation. A page that is loaded, also again, leaves the focus alone: its reader may have begun.
 */
export function Live({ children, ...region }: ComponentProps<'div'>) {
  const [isNoticed, setNoticed] = useState(false)
  const isLoading = useSyncExternalStore(neverChanges, insertedByScript, loadedWithPage)
  const [wasLoaded] = useState(isLoading)
  useEffect(() => {
    const timer = setTimeout(() => setNoticed(true), NOTICED_MS)
    if (!wasLoaded && document.activeElement === document.body && !location.hash)
      document.querySelector('h1')?.focus({ preventScroll: true })
    return () => clearTimeout(timer)
  }, [wasLoaded])
  return (
    <div {...region}>
      <div key={String(isNoticed)} aria-hidden={!wasLoaded && !isNoticed ? true : undefined} className="contents">
        {children}
      </div>
    </div>
  )
}

// React takes the last of them for what came with the page.
const neverChanges = () => () => {}
const insertedByScript = () => false
const loadedWithPage = () => true
