'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { POLICY_PREVIEW_PATH } from '@/app/paths'
import type { DraftPreview } from '@/lib/policy'
import type { PolicyFields } from '@/lib/policy/draft'
import { posted } from './read-form'

/** Quiet time after which a changed draft is looked at again. */
const LOOK_AFTER_MS = 600

/**
 * What the draft is told once typing pauses. It is asked by a request of its own, which ends with what it was about: actions
 * wait for one another, and one that still waits when the page is left is posted to the next page, which does not know it.
 *
 * @param dirty whether the draft differs from what is saved, of which the page itself tells.
 * @returns of the newest look that was answered; null: of none, or there is nothing to look at.
 */
export function useLook(
  form: RefObject<HTMLFormElement | null>,
  { fields, dirty }: { fields: PolicyFields; dirty: boolean },
): DraftPreview | null {
  const [told, setTold] = useState<DraftPreview | null>(null)
  const text = JSON.stringify(fields)
  const looked = useRef(text)
  useEffect(() => {
    if (!dirty || looked.current === text) return
    const over = new AbortController()
    const timer = setTimeout(async () => {
      if (!form.current) return
      // Who is signed out, or offline, goes on typing; the next look, or what they save, tells more.
      const answer = await ask(form.current, over.signal).catch(() => null)
      if (!answer || over.signal.aborted) return
      looked.current = text
      setTold(answer)
    }, LOOK_AFTER_MS)
    return () => {
      clearTimeout(timer)
      over.abort()
    }
  }, [form, text, dirty])
  return dirty ? told : null
}

async function ask(form: HTMLFormElement, signal: AbortSignal): Promise<DraftPreview | null> {
  const answer = await fetch(POLICY_PREVIEW_PATH, { method: 'POST', body: posted(form, 'check'), signal })
  return answer.ok ? answer.json() : null
}
