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
 * @param dirty whether the draft differs from the saved rules, whose preview is on the page
 * @returns the newest preview, or null if there is none
 */
export function usePreview(
  form: RefObject<HTMLFormElement | null>,
  { fields, dirty }: { fields: PolicyFields; dirty: boolean },
): EditorPreview | null {
  const [preview, setPreview] = useState<EditorPreview | null>(null)
  const text = JSON.stringify(fields)
  const previewed = useRef(text)
  useEffect(() => {
    if (!dirty || previewed.current === text) return
    const abort = new AbortController()
    const timer = setTimeout(async () => {
      if (!form.current) return
      // If the request fails, editing continues. The next preview or the save reports the problem.
      const answer = await fetchPreview(form.current, abort.signal).catch(() => null)
      if (!answer || abort.signal.aborted) return
      previewed.current = text
      setPreview(answer)
    }, PREVIEW_AFTER_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [form, text, dirty])
  return dirty ? preview : null
}

async function fetchPreview(form: HTMLFormElement, signal: AbortSignal): Promise<EditorPreview | null> {
  const answer = await fetch(POLICY_PREVIEW_PATH, { method: 'POST', body: formDataFor(form, 'check'), signal })
  return answer.ok ? answer.json() : null
}
