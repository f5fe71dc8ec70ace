'use client'

import { type ComponentType, type ReactNode, useEffect, useState, useSyncExternalStore } from 'react'
import { causeIn, numberIn } from '@/lib/access/failure-mark'
import type { DatabaseCause } from '@/lib/db/outage'
import { error as german } from '@/messages/de/browser.json'
import { error as english } from '@/messages/en/browser.json'

const never = () => () => {}
const pageLanguage = () => document.documentElement.lang

const ASK_AGAIN_MS = 2_000
/** How soon a page is loaded again that has failed again, although the database answered: its own statement may be what fails. */
const LOAD_AGAIN_MS = 30_000
/** Causes that may be temporary. */
const PASSING: readonly string[] = ['away', 'connections', 'locked'] satisfies DatabaseCause[]
const LOADED_AT = 'loadedAgainAt'

function firstPauseMs(): number {
  const sinceMs = Date.now() - Number(sessionStorage.getItem(LOADED_AT))
  return sinceMs >= 0 && sinceMs < LOAD_AGAIN_MS ? LOAD_AGAIN_MS - sinceMs : ASK_AGAIN_MS
}

/** Not a reload, which would send a form again whose answer this is. */
function loadAgain(): void {
  sessionStorage.setItem(LOADED_AT, String(Date.now()))
  location.replace(location.pathname + location.search)
}

export interface BrokenPage {
  error: Error & { digest?: string }
}

/** What is around the notice: `bar` is its heading where the title is an answer below. */
export type NoticeFrame = ComponentType<{ bar: string; title: string; text: string; children: ReactNode }>

/**
 * Shown where a page failed: a number to find in the log, never a stack trace. It carries its own texts, because the server
 * may not have been able to send any. If the cause is the database, the page is loaded again as soon as that answers.
 */
export function ErrorNotice(props: BrokenPage & { cause?: 'page' | DatabaseCause; frame: NoticeFrame }) {
  const { error, frame: Frame } = props
  const known = causeIn(error.digest) ?? props.cause ?? 'page'
  const [cause, setCause] = useState(known)
  const language = useSyncExternalStore(never, pageLanguage, () => 'en')
  const t = language === 'de' ? german : english
  useEffect(() => {
    let next: ReturnType<typeof setTimeout>
    const asking = new AbortController()
    const { signal } = asking
    const ask = async (isDown: boolean) => {
      const status = await fetch('/health/ready', { signal }).then(
        (answer) => answer.status,
        () => null,
      )
      if (signal.aborted) return
      if (isDown && status === 200) loadAgain()
      else if (isDown || status === 503) {
        if (known === 'page') setCause('away')
        next = setTimeout(ask, ASK_AGAIN_MS, true)
      }
    }
    // A whole page that fails although the database answers must not be loaded again without a pause, and it answers with a full disk too.
    if (PASSING.includes(known)) next = setTimeout(ask, firstPauseMs(), true)
    else if (known === 'page') ask(false)
    return () => {
      asking.abort()
      clearTimeout(next)
    }
  }, [known])
  return (
    <Frame bar={t.bar} {...t[cause]}>
      {error.digest && (
        <p>
          {t.number} <code className="font-mono">{numberIn(error.digest)}</code>
        </p>
      )}
      {/* The framework's own way shows the same failure again, although the page would be there. */}
      <button type="button" onClick={() => location.reload()} className="button button-secondary justify-self-start">
        {t.retry}
      </button>
    </Frame>
  )
}
