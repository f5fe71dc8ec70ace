'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { afterPause } from '@/app/(console)/_form/live-errors'
import { POLICY_PREVIEW_PATH } from '@/app/paths'
import type { DraftPreview } from '@/lib/policy'
import type { PolicyFields } from '@/lib/policy/draft'
import type { EditorPreview } from './form-state'

/**
 * Previews the draft when typing pauses.
 *
 * @param dirty whether the draft differs from the saved rules. Their preview is on the page, without the simulator's answer
 * @param discarded changes when the draft is discarded
 * @returns the newest preview, or null if there is none. While the draft cannot be evaluated, such as half a pattern, it has the
 *   findings and numbers from before, so that the page does not move below the field.
 */
export function usePreview(
  form: RefObject<HTMLFormElement | null>,
  props: { fields: PolicyFields; dirty: boolean; discarded: object | null; saved: DraftPreview },
): EditorPreview | null {
  const { fields, dirty, discarded, saved } = props
  const [preview, setPreview] = useState<EditorPreview | null>(null)
  const text = JSON.stringify(fields)
  const previewed = useRef({ text, discarded })
  useEffect(() => {
    const isPreviewed = previewed.current.text === text && previewed.current.discarded === discarded
    if (isPreviewed || !(dirty || form.current?.elements.namedItem('tried'))) return
    if (!form.current) return
    return afterPause<EditorPreview>(form.current, POLICY_PREVIEW_PATH, (answer) => {
      previewed.current = { text, discarded }
      setPreview((last) => {
        const { findings, impact } = answer.isSound ? answer : (last ?? saved)
        return { ...answer, findings, impact }
      })
    })
  }, [form, text, dirty, discarded, saved])
  return preview
}
