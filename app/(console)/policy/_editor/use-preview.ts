'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { POLICY_PREVIEW_PATH } from '@/app/paths'
import type { PolicyFields } from '@/lib/policy/draft'
import { formDataFor } from './draft-of'
import type { EditorPreview } from './form-state'

/** How long typing must pause before a changed draft is previewed. */
const PREVIEW_AFTER_MS = 600

/**
 * Previews the draft when typing pauses. It uses a request instead of a server action, because actions wait for one another, and
 * one that still waits when the page is left is sent to the next page, which does not know it.
 *
 * @param dirty whether the draft differs from the saved rules, whose preview is on the page, but not what the simulator says of them
 * @param discarded changes when the draft is discarded
 * @returns the newest preview, or null if there is none
 */
export function usePreview(
  form: RefObject<HTMLFormElement | null>,
  { fields, dirty, discarded }: { fields: PolicyFields; dirty: boolean; discarded: object | null },
): EditorPreview | null {
  const [preview, setPreview] = useState<EditorPreview | null>(null)
  const text = JSON.stringify(fields)
  const previewed = useRef({ text, discarded })
  useEffect(() => {
    const isPreviewed = previewed.current.text === text && previewed.current.discarded === discarded
    if (isPreviewed || !(dirty || form.current?.elements.namedItem('tried'))) return
    const abort = new AbortController()
    const timer = setTimeout(async () => {
      if (!form.current) return
      // If the request fails, editing continues. The next preview or the save reports the problem.
      const answer = await fetchPreview(form.current, abort.signal).catch(() => null)
      if (!answer || abort.signal.aborted) return
      previewed.current = { text, discarded }
      setPreview(answer)
    }, PREVIEW_AFTER_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [form, text, dirty, discarded])
  return preview
}

async function fetchPreview(form: HTMLFormElement, signal: AbortSignal): Promise<EditorPreview | null> {
  const answer = await fetch(POLICY_PREVIEW_PATH, { method: 'POST', body: formDataFor(form, 'check'), signal })
  return answer.ok ? answer.json() : null
}
