'use client'

import { type RefObject, useEffect } from 'react'
import { leave as german } from '@/messages/de/browser.json'
import { leave as english } from '@/messages/en/browser.json'

/** Back to an entry that differs in its fragment alone leaves nothing. */
const isThisPage = (url: string, here: string): boolean => url.split('#')[0] === here.split('#')[0]

/**
 * Asks before unsaved changes are lost: when the page is closed or loaded again, when a link, Back or Forward leaves it, and
 * when another form of the page is sent, whose answer would show the saved values. A link with `data-keeps` leaves the form as it is.
 */
export function useLeaveGuard(form: RefObject<HTMLFormElement | null>, dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return
    const guarded = form.current
    const entry = { state: history.state, url: location.href }
    /** The reader has agreed to lose the changes, and has not typed since. */
    let mayLeave = false
    const isKept = (): boolean => {
      mayLeave ||= confirm(document.documentElement.lang === 'de' ? german : english)
      return !mayLeave
    }

    const onInput = () => {
      mayLeave = false
    }
    const onClose = (event: BeforeUnloadEvent) => {
      if (!mayLeave) event.preventDefault()
    }
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a[href]') : null
      const leaves =
        link instanceof HTMLAnchorElement &&
        link.target !== '_blank' &&
        !event.ctrlKey &&
        !event.metaKey &&
        !event.shiftKey &&
        link.dataset.keeps === undefined &&
        !link.getAttribute('href')?.startsWith('#')
      if (leaves && isKept()) stop(event)
    }
    const onSubmit = (event: SubmitEvent) => {
      if (event.target !== guarded && isKept()) stop(event)
    }
    const onNavigate = (event: NavigateEvent) => {
      if (event.navigationType !== 'traverse' || !event.cancelable || !event.destination.sameDocument) return
      if (!isThisPage(event.destination.url, entry.url) && isKept()) event.preventDefault()
    }
    // Where Back cannot be cancelled the browser has gone already: the router must not hear of it, and the entry is put back.
    const onPopState = (event: PopStateEvent) => {
      if (isThisPage(location.href, entry.url) || !isKept()) return
      event.stopImmediatePropagation()
      history.pushState(entry.state, '', entry.url)
    }

    const listening = new AbortController()
    const { signal } = listening
    guarded?.addEventListener('input', onInput, { signal })
    window.addEventListener('beforeunload', onClose, { signal })
    document.addEventListener('click', onClick, { capture: true, signal })
    document.addEventListener('submit', onSubmit, { capture: true, signal })
    window.navigation?.addEventListener('navigate', onNavigate, { signal })
    window.addEventListener('popstate', onPopState, { capture: true, signal })
    return () => listening.abort()
  }, [form, dirty])
}

function stop(event: Event): void {
  event.preventDefault()
  event.stopPropagation()
}
