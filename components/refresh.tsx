'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { isSignedIn } from './session-watch'

/** A forgotten page must not keep its session alive for ever. */
const TIMES_MAX = 150

/**
 * Loads the page's content again every few seconds, where scripts run, the page is looked at and no dialog is open. What was typed stays: without
 * a connection or a session the page is left as it is.
 */
export function Refresh({ everySeconds }: { everySeconds: number }) {
  const router = useRouter()
  useEffect(() => {
    let times = 0
    const timer = setInterval(async () => {
      if (document.visibilityState !== 'visible' || document.querySelector('dialog:popover-open')) return
      times += 1
      if (times > TIMES_MAX) clearInterval(timer)
      else if (await isSignedIn()) router.refresh()
    }, everySeconds * 1000)
    return () => clearInterval(timer)
  }, [router, everySeconds])
  return null
}
