'use client'

import { useEffect } from 'react'

/** Closes the open filter of a list at Escape, and, where it covers the list, at a press outside of it. */
export function CloseFacet() {
  useEffect(() => {
    const listening = new AbortController()
    const { signal } = listening
    const open = () => document.querySelector<HTMLDetailsElement>('details.facet[open]')
    const onKey = ({ key }: KeyboardEvent) => {
      const facet = key === 'Escape' ? open() : null
      if (facet?.contains(document.activeElement)) facet.querySelector('summary')?.focus()
      facet?.removeAttribute('open')
    }
    const onClick = ({ target }: MouseEvent) => {
      const facet = open()
      const form = facet?.querySelector('form')
      if (form && getComputedStyle(form).position === 'absolute' && !facet?.contains(target as Node))
        facet?.removeAttribute('open')
    }
    addEventListener('keydown', onKey, { signal })
    addEventListener('click', onClick, { signal })
    return () => listening.abort()
  }, [])
  return null
}
