'use client'

import { Fragment, type ReactNode, useEffect, useState } from 'react'

/**
 * A region that screen readers announce. They do so only when it changes, and a page that comes whole has it from the start: so what it
 * holds is put in again as soon as scripts run.
 */
export function Live({
  role,
  children,
  ...look
}: {
  role: 'alert' | 'status'
  className: string
  children: ReactNode
}) {
  const [time, setTime] = useState('loaded')
  useEffect(() => {
    setTime('inserted')
    // The next Tab of a person whom a redirect led here continues in the page, not in front of the navigation.
    if (document.activeElement === document.body && !location.hash)
      document.querySelector('h1')?.focus({ preventScroll: true })
  }, [])
  return (
    <div role={role} {...look}>
      <Fragment key={time}>{children}</Fragment>
    </div>
  )
}
