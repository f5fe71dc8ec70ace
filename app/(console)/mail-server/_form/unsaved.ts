'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { useLeaveGuard } from '@/app/(console)/_form/leave-guard'

/** Not part of what a save would store. */
const NOT_SETTINGS = new Set([
  'formToken',
  'testTo',
  'version',
  'rulesAlong',
  'rulesSeen',
  'confirmPassword',
  'confirmCode',
])

function settingsText(form: HTMLFormElement): string {
  const fields = [...new FormData(form)].filter(([name]) => !name.startsWith('$') && !NOT_SETTINGS.has(name))
  return JSON.stringify(fields)
}

/**
 * Notices changes that a save has not stored, and asks before the page is left with them.
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

  useLeaveGuard(form, dirty, question)

  return { dirty, look: () => form.current && setDirty(settingsText(form.current) !== start.current) }
}
