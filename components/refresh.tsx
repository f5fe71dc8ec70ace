'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'

/** A page that somebody forgot must not keep its session alive for ever. */
const TIMES_MAX = 150

/** Loads the page's content anew every few seconds, where scripts run and the page is looked at; what was typed stays. */
export function Refresh({ everySeconds }: { everySeconds: number }) {
  const router = useRouter()
  useEffect(() => {
    let times = 0
    const timer = setInterval(() => {
      if (document.visibilityState !== 'visible') return
      times += 1
      if (times > TIMES_MAX) clearInterval(timer)
      else router.refresh()
    }, everySeconds * 1000)
    return () => clearInterval(timer)
  }, [router, everySeconds])
  return null
}
