'use client'

import { useEffect } from 'react'

/** Asks before a page with unsaved changes is left: by closing, reloading, or a link. */
export function useLeaveGuard(dirty: boolean, question: string): void {
  useEffect(() => {
    if (!dirty) return
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault()
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null
      const leaves =
        link instanceof HTMLAnchorElement &&
        link.target !== '_blank' &&
        !event.ctrlKey &&
        !event.metaKey &&
        !event.shiftKey &&
        !link.getAttribute('href')?.startsWith('#')
      if (!leaves) return
      if (!confirm(question)) {
        event.preventDefault()
        event.stopPropagation()
      } else window.removeEventListener('beforeunload', onLeave)
    }
    window.addEventListener('beforeunload', onLeave)
    document.addEventListener('click', onClick, true)
    return () => {
      window.removeEventListener('beforeunload', onLeave)
      document.removeEventListener('click', onClick, true)
    }
  }, [dirty, question])
}
