'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { useLeaveGuard } from './leave-guard'

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

/** The values that a save stores, by the name of their field, which several checkboxes may share. A save removes spaces around them. */
function settingsOf(form: HTMLFormElement): Map<string, string> {
  const settings = new Map<string, string>()
  for (const [name, value] of new FormData(form))
    if (!name.startsWith('$') && !NOT_SETTINGS.has(name))
      settings.set(name, [settings.get(name), String(value).trim()].join('\n'))
  return settings
}

function changedBetween(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name))
}

/**
 * What the form had before anything was typed, also what was typed before the scripts arrived. All its fields have to be within
 * it: outside a document a form does not have the fields that name it elsewhere, and those of another form belong to it.
 */
function untouched(form: HTMLFormElement): HTMLFormElement {
  const copy = form.cloneNode(true) as HTMLFormElement
  for (const field of copy.querySelectorAll('[form]')) field.remove()
  copy.reset()
  return copy
}

/**
 * Notices which fields have unsaved changes, and asks before the page is left with them.
 *
 * @param savedAs changes when the form's saved values do; the form has them then. Null if no changes have to be noticed.
 * @param asks whether it asks
 */
export function useUnsaved(form: RefObject<HTMLFormElement | null>, savedAs: number | string | null, asks = true) {
  const [changed, setChanged] = useState<readonly string[]>([])
  const start = useRef<ReadonlyMap<string, string>>(new Map())

  // biome-ignore lint/correctness/useExhaustiveDependencies: new saved values are the reason to start again
  useEffect(() => {
    if (form.current && savedAs !== null) start.current = settingsOf(untouched(form.current))
    look()
  }, [savedAs])

  useLeaveGuard(form, asks && changed.length > 0)

  /** To be called at each input. */
  function look(): void {
    if (form.current && savedAs !== null) setChanged(changedBetween(start.current, settingsOf(form.current)))
  }
  return { changed, look }
}
