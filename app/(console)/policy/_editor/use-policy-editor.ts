'use client'

import { type RefObject, useEffect, useState } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import type { PolicyFields } from '@/lib/policy/draft'
import type { FormState } from './form-state'
import type { PolicyLabels } from './labels'
import { nameOf } from './summary'
import { useDraft } from './use-draft'

const MESSAGES: Record<string, 'added' | 'duplicated' | 'removed'> = {
  add: 'added',
  duplicate: 'duplicated',
  remove: 'removed',
}

/** The draft in the form, which of its rules are open, and what the buttons do to it. With JavaScript only. */
export function usePolicyEditor(
  form: RefObject<HTMLFormElement | null>,
  { saved, answer, w }: { saved: PolicyFields; answer: FormState; w: PolicyLabels },
) {
  const draft = useDraft(form, saved, 'fields' in answer ? answer.fields : null)
  const { rules } = draft.fields
  const [message, setMessage] = useState('')
  const [focus, setFocus] = useState<{ selector: string } | null>(null)
  // A new rule is open at once, also if the server has added it.
  const [openIds, setOpenIds] = useState<ReadonlySet<string>>(
    () => new Set(rules.filter(({ name }) => name === '').map(({ id }) => id)),
  )

  useEffect(() => {
    if (focus) document.querySelector<HTMLElement>(focus.selector)?.focus()
  }, [focus])

  const placeOf = (id: string) => rules.findIndex((rule) => rule.id === id)

  /** Moves a rule to a place, counted from 0. */
  function place(id: string, to: number) {
    const rule = rules[placeOf(id)]
    draft.place(id, to)
    const newPlace = Math.max(1, Math.min(rules.length, to + 1))
    if (rule) setMessage(fill(w.form.moved, { name: nameOf(rule, w), to: newPlace, count: rules.length }))
    setFocus({ selector: `#grip-${CSS.escape(id)}` })
  }

  /** Does what the value of a button says, and moves the focus to where the change is. */
  function press(value: string, button: HTMLElement) {
    const theirs = answer.kind === 'conflict' ? answer.theirs.fields : null
    const [does, id = ''] = value.split(':')
    if (does === 'up' || does === 'down') {
      if (button.getAttribute('aria-disabled') !== 'true') place(id, placeOf(id) + (does === 'up' ? -1 : 1))
      return setFocus({ selector: `[name="do"][value="${CSS.escape(value)}"]` })
    }
    const done = draft.press(value, theirs)
    if (!done) return
    if (done.does === 'add' || done.does === 'duplicate') {
      setOpenIds(new Set([...openIds, done.focus]))
      setFocus({ selector: `[name="name.${CSS.escape(done.focus)}"]` })
    }
    if (done.does === 'remove') setFocus({ selector: '#add-rule' })
    setMessage(w.form[MESSAGES[done.does] ?? 'mended'])
  }

  return {
    draft,
    message,
    clearMessage: () => setMessage(''),
    press,
    place,
    moveBy: (id: string, by: -1 | 1) => place(id, placeOf(id) + by),
    isOpen: (id: string) => openIds.has(id),
    setOpen: (id: string, isOpen: boolean) => setOpenIds(withOpen(openIds, id, isOpen)),
  }
}

export type PolicyEditor = ReturnType<typeof usePolicyEditor>

function withOpen(openIds: ReadonlySet<string>, id: string, isOpen: boolean): ReadonlySet<string> {
  if (openIds.has(id) === isOpen) return openIds
  return isOpen ? new Set([...openIds, id]) : new Set([...openIds].filter((each) => each !== id))
}
