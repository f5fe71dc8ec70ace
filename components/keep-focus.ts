'use client'

import { useEffect } from 'react'

/** By then what follows from an answer, such as an effect or a dialog that closes, has given the focus to another element. */
const TAKEN_MS = 50

/**
 * Where a page takes away what has the focus, such as the button of a step that is done, its heading gets the focus. The next Tab continues
 * there, and a screen reader announces it. The browser would leave the focus nowhere. A link to another page leaves the focus alone: the
 * title of that page is announced, and the next Tab leads to its beginning.
 */
export function KeepFocus() {
  useEffect(() => {
    let last: { element: Element; path: string } | null = null
    let timer: ReturnType<typeof setTimeout>

    function look() {
      if (!last || document.activeElement !== document.body) return
      if (last.element.isConnected && last.element.checkVisibility()) return
      if (last.path === location.pathname) document.querySelector('h1')?.focus({ preventScroll: true })
      last = null
    }

    const observer = new MutationObserver(() => {
      clearTimeout(timer)
      if (last) timer = setTimeout(look, TAKEN_MS)
    })
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['hidden'] })
    const listening = new AbortController()
    const { signal } = listening
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof Element) last = { element: target, path: location.pathname }
    }
    // Then the reader takes it away, or gives it to another element.
    const onPress = () => {
      last = null
    }
    document.addEventListener('focusin', onFocus, { signal })
    document.addEventListener('pointerdown', onPress, { signal })
    return () => {
      listening.abort()
      observer.disconnect()
    }
  }, [])
  return null
}
