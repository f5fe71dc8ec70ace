'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { useLeaveGuard } from '@/app/(console)/_form/leave-guard'

/** Fields that a save does not store. */
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
 * Notices unsaved changes, and asks before the page is left with them.
 *
 * @param savedAs changes when the form's saved values do; the values in the form are the new starting point then
 */
export function useUnsaved(form: RefObject<HTMLFormElement | null>, savedAs: number | string, question: string) {
  const [dirty, setDirty] = useState(false)
  const start = useRef('')

  // biome-ignore lint/correctness/useExhaustiveDependencies: new saved values are the reason to start again
  useEffect(() => {
    if (form.current) start.current = settingsText(form.current)
    setDirty(false)
  }, [savedAs])

  useLeaveGuard(form, dirty, question)

  return { dirty, look: () => form.current && setDirty(settingsText(form.current) !== start.current) }
}
