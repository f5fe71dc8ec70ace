'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'

/** Not part of what a save would store. */
const NOT_SETTINGS = new Set(['formToken', 'testTo', 'version', 'confirmPassword', 'confirmCode'])

function settingsText(form: HTMLFormElement): string {
  const fields = [...new FormData(form)].filter(([name]) => !name.startsWith('$') && !NOT_SETTINGS.has(name))
  return JSON.stringify(fields)
}

/**
 * Notices changes that a save has not stored, and asks before the page is left with them: by closing, reloading, or a link.
 *
 * @param savedAs Changes when the form's saved values do; what stands in the form then is the new starting point.
 */
export function useUnsaved(form: RefObject<HTMLFormElement | null>, savedAs: number | string, question: string) {
  const [dirty, setDirty] = useState(false)
  const start = useRef('')

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new saved state is exactly what starts afresh
  useEffect(() => {
    if (form.current) start.current = settingsText(form.current)
    setDirty(false)
  }, [savedAs])

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

  return { dirty, look: () => form.current && setDirty(settingsText(form.current) !== start.current) }
}
