'use client'

import { useEffect, useState } from 'react'

/** The sign-in page redirects an operator who is signed in, so its answer says whether the session is still valid. */
export async function isSignedIn(): Promise<boolean> {
  const answer = await fetch('/sign-in', { method: 'HEAD', redirect: 'manual', cache: 'no-store' }).catch(() => null)
  return answer?.type === 'opaqueredirect'
}

/** Whether the session is back, as seen each time the reader returns to this page, for example from another tab. */
export function useSignedInAgain(isWatching: boolean): boolean {
  const [isBack, setIsBack] = useState(false)
  useEffect(() => {
    if (!isWatching) return
    const look = async () => {
      if (document.visibilityState === 'visible' && (await isSignedIn())) setIsBack(true)
    }
    const listening = new AbortController()
    const { signal } = listening
    window.addEventListener('focus', look, { signal })
    document.addEventListener('visibilitychange', look, { signal })
    return () => listening.abort()
  }, [isWatching])
  return isWatching && isBack
}
