'use client'

import { Fragment, type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'

/**
 * A region that screen readers announce. They do so when it changes, so what came with the page is put in again as soon as scripts run. What
 * a script puts into the page follows its region, since some screen readers would say it once with the region and once for the change.
 *
 * Where a form's answer puts it into the page, the heading gets the focus, so that the next Tab continues there and not in front of the
 * navigation. A page that is loaded, also again, leaves the focus alone: its reader may have begun.
 */
export function Live({ children, ...region }: { role: 'alert' | 'status'; className: string; children: ReactNode }) {
  const [time, setTime] = useState('first')
  const isLoading = useSyncExternalStore(neverChanges, insertedByScript, loadedWithPage)
  const [wasLoaded] = useState(isLoading)
  useEffect(() => {
    setTime('filled')
    if (!wasLoaded && document.activeElement === document.body && !location.hash)
      document.querySelector('h1')?.focus({ preventScroll: true })
  }, [wasLoaded])
  return (
    <div {...region}>
      <Fragment key={time}>{(wasLoaded || time === 'filled') && children}</Fragment>
    </div>
  )
}

// React takes the last of them for what came with the page.
const neverChanges = () => () => {}
const insertedByScript = () => false
const loadedWithPage = () => true
