'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { CONFIRM_FIELDS } from '@/lib/access/confirm-fields'
import { leave as german } from '@/messages/de/browser.json'
import { leave as english } from '@/messages/en/browser.json'

/** Fields that a save does not store. */
const NOT_SETTINGS = new Set<string>(['testTo', 'rulesAlong', ...CONFIRM_FIELDS])

/**
 * The values that a save stores, by the name of their field, which several checkboxes may share. A save removes spaces around them.
 * Hidden ones are the page's, which may replace them while a person types.
 */
function settingsOf(form: HTMLFormElement): Map<string, string> {
  const settings = new Map<string, string>()
  const hidden = new Set([...form.querySelectorAll<HTMLInputElement>('[type="hidden"]')].map(({ name }) => name))
  for (const [name, value] of new FormData(form))
    if (!hidden.has(name) && !NOT_SETTINGS.has(name))
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

/** Whether anything was typed or chosen since the form came with the page. */
export const hasChanges = (form: HTMLFormElement): boolean =>
  changedBetween(settingsOf(untouched(form)), settingsOf(form)).length > 0

type FormRef = RefObject<HTMLFormElement | null>

export type Saved = Readonly<Record<string, string | boolean>>

/** The same of a form whose fields came with other values than the saved ones. */
function savedIn(form: HTMLFormElement, saved: Saved): Map<string, string> {
  const settings = settingsOf(untouched(form))
  for (const [name, value] of Object.entries(saved))
    if (value === false) settings.delete(name)
    else if (form.elements.namedItem(name)) settings.set(name, `\n${value === true ? 'on' : value}`)
  return settings
}

/**
 * Notices which fields have unsaved changes, and asks before the page is left with them, or while a post has no answer yet.
 *
 * @param about.savedAs changes when the form's saved values do; the form has them then. Null if no changes have to be noticed.
 * @param about.saved The saved values, where the page came with refused ones in its fields: `unknown` makes every field a changed one.
 */
export function useUnsaved(
  form: FormRef,
  about: {
    savedAs: number | string | null
    saved: Saved | 'unknown' | null
    asks: boolean
    pending: boolean
  },
) {
  const { savedAs, saved, asks, pending } = about
  const [changed, setChanged] = useState<readonly string[]>([])
  const start = useRef<ReadonlyMap<string, string>>(new Map())

  // biome-ignore lint/correctness/useExhaustiveDependencies: new saved values are the reason to start again
  useEffect(() => {
    if (form.current && savedAs !== null)
      start.current = saved === 'unknown' ? new Map() : savedIn(form.current, saved ?? {})
    look()
  }, [savedAs])

  useLeaveGuard({ form, dirty: asks && changed.length > 0, pending })

  /** To be called at each input. */
  function look(): void {
    if (form.current && savedAs !== null) setChanged(changedBetween(start.current, settingsOf(form.current)))
  }
  return { changed, look }
}

const LEAVING_LINK = 'a[href]:not([target="_blank"], [data-keeps], [href^="#"])'

/** Back to an entry that differs in its fragment alone leaves nothing. */
const isThisPage = (url: string, here: string): boolean => url.split('#')[0] === here.split('#')[0]

/**
 * Asks before unsaved changes are lost. They are when the page is closed or loaded again, when a link, Back or Forward leaves it, and
 * when another form of the page is sent, whose answer shows the saved values. A link with `data-keeps` leaves the form as it is.
 *
 * @param about.pending A post is on its way. A link or Back would hide its answer.
 */
export function useLeaveGuard(about: { form?: FormRef; dirty?: boolean; pending: boolean }): void {
  const { form, dirty = false, pending } = about
  useEffect(() => {
    if (!dirty && !pending) return
    const guarded = form?.current
    const entry = { state: history.state, url: location.href }
    /** The reader has agreed to lose the changes, and has not typed since. */
    let mayLeave = false
    const isKept = (): boolean => {
      const t = document.documentElement.lang === 'de' ? german : english
      mayLeave ||= confirm(pending ? t.unanswered : t.unsaved)
      return !mayLeave
    }

    const onInput = () => {
      mayLeave = false
    }
    const onClose = (event: BeforeUnloadEvent) => {
      if (dirty && !mayLeave) event.preventDefault()
    }
    const onClick = (event: MouseEvent) => {
      const isOnLink = event.target instanceof Element && event.target.closest(LEAVING_LINK) !== null
      const opensAnotherTab = event.ctrlKey || event.metaKey || event.shiftKey
      if (isOnLink && !opensAnotherTab && isKept()) stop(event)
    }
    const onSubmit = (event: SubmitEvent) => {
      if (dirty && event.target !== guarded && isKept()) stop(event)
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
  }, [form, dirty, pending])
}

function stop(event: Event): void {
  event.preventDefault()
  event.stopPropagation()
}
