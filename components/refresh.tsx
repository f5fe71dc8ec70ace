'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef, useTransition } from 'react'
import { useAnnouncement } from './live'
import { isSignedIn } from './session-watch'
import { hasChanges } from './unsaved'

/** A forgotten page must not keep its session alive for ever. */
const SECONDS_MAX = 2_400

/** A form that was refused has what was typed as its first values. The search of a list, and a box, keep the focus after their use. */
const IN_USE =
  'dialog:popover-open, [aria-invalid="true"], [name="confirmPassword"], main :is(input:not([type="search"], [type="checkbox"], [type="radio"]), textarea):focus'

/** Whether something on the page is typed, chosen or open, which an error after a refresh would lose. */
export const isInUse = (): boolean => document.querySelector(IN_USE) !== null || [...document.forms].some(hasChanges)

/**
 * Loads the page's content again every few seconds, where scripts run and the page is looked at. A page that cannot be loaded again is
 * replaced by an error or leaves the console, so this waits without a connection or a session, and while anything on the page is typed, chosen or
 * open.
 *
 * A screen reader says `says` where that is what loading the page again has changed. What a button changed is announced by its answer.
 */
export function Refresh({ everySeconds, says = '' }: { everySeconds: number | null; says?: string }) {
  const router = useRouter()
  const [isLoading, load] = useTransition()
  const { region, announce } = useAnnouncement()
  const before = useRef({ isLoading, says })
  useEffect(() => {
    const { isLoading: wasLoading, says: said } = before.current
    before.current = { isLoading, says }
    if (wasLoading && said !== says) announce(says)
  }, [isLoading, says, announce])
  useEffect(() => {
    if (everySeconds === null) return
    let times = 0
    const timer = setInterval(async () => {
      if (document.visibilityState !== 'visible' || isInUse()) return
      times += 1
      if (times * everySeconds > SECONDS_MAX) clearInterval(timer)
      // In the meantime the reader may have begun to type.
      else if ((await isSignedIn()) && !isInUse()) load(() => router.refresh())
    }, everySeconds * 1000)
    return () => clearInterval(timer)
  }, [router, everySeconds])
  return region
}
