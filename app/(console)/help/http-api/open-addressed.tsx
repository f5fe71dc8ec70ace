'use client'

import { useEffect } from 'react'

/** Opens the fold around the place that the address names, and scrolls there. Some browsers do so, in others the link would lead to a closed fold. */
export function OpenAddressed() {
  useEffect(() => {
    const open = () => {
      const place = document.getElementById(location.hash.slice(1))
      const fold = place?.closest('details:not([open])')
      fold?.setAttribute('open', '')
      if (fold) place?.scrollIntoView()
    }
    open()
    addEventListener('hashchange', open)
    return () => removeEventListener('hashchange', open)
  }, [])
  return null
}
