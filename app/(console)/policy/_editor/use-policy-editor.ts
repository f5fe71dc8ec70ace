'use client'

import { type RefObject, useEffect, useState } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import type { PolicyFields } from '@/lib/policy/draft'
import type { FieldTexts, FormState } from './form-state'
import type { PolicyLabels } from './labels'
import { TAKE_BACK } from './merge'
import { nameOf } from './sentence'
import { useDraft } from './use-draft'

const MESSAGES: Record<string, 'added' | 'duplicated' | 'removed'> = {
  add: 'added',
  duplicate: 'duplicated',
  remove: 'removed',
}

/** The draft in the form, which of its rules are open, and what the buttons do to it. With JavaScript only. */
export function usePolicyEditor(
  form: RefObject<HTMLFormElement | null>,
  { saved, answer, errors, w }: { saved: PolicyFields; answer: FormState; errors: FieldTexts; w: PolicyLabels },
) {
  const draft = useDraft(form, saved, 'fields' in answer ? answer.fields : null)
  const { rules } = draft.fields
  const [message, setMessage] = useState('')
  const [focus, setFocus] = useState<{ selector: string } | null>(null)
  // A new rule is open at once, also if the server has added it, and so is the first one with an error.
  const wrong = rules.find(({ id }) => Object.keys(errors).some((name) => name.endsWith(`.${id}`)))?.id ?? null
  const [openId, setOpenId] = useState(() => wrong ?? rules.find(({ name }) => name === '')?.id ?? null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    if (answer.kind === 'invalid') setOpenId(wrong)
  }, [answer])

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
  function press(value: string) {
    const theirs = answer.kind === 'conflict' ? answer.theirs.fields : null
    const [does, id = ''] = value.split(':')
    document.querySelector<HTMLElement>('.menu:popover-open')?.hidePopover()
    if (does === 'up' || does === 'down') {
      place(id, placeOf(id) + (does === 'up' ? -1 : 1))
      return setFocus({ selector: `#menu-${CSS.escape(id)} > button` })
    }
    if (value === TAKE_BACK && answer.kind === 'conflict') return draft.replace(answer.fields)
    const done = draft.press(value, theirs)
    if (!done) return
    if (done.does === 'add' || done.does === 'duplicate') {
      setOpenId(done.focus)
      setFocus({ selector: `[name="name.${CSS.escape(done.focus)}"]` })
    }
    if (done.does === 'remove') setFocus({ selector: '#add-rule' })
    setMessage(w.form[MESSAGES[done.does] ?? 'fixed'])
  }

  return {
    draft,
    message,
    clearMessage: () => setMessage(''),
    /** Starts again with the saved rules. */
    discard() {
      draft.discard()
      setMessage('')
      setOpenId(null)
    },
    press,
    place,
    moveBy: (id: string, by: -1 | 1) => place(id, placeOf(id) + by),
    openId,
    setOpen: (id: string, isOpen: boolean) => setOpenId((now) => (isOpen ? id : now === id ? null : now)),
  }
}

export type PolicyEditor = ReturnType<typeof usePolicyEditor>
