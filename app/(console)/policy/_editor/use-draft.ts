'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { applyStep, moved, type PolicyFields, type RuleFields, stepOf } from '@/lib/policy/draft'
import { draftOf } from './draft-of'
import { mergeTheirs, takenIn } from './merge'

/** 96 random bits; `randomUUID` would need a secure context. */
const freshId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * The rules as they stand in the form. With scripts each button changes them here; the same functions do it on the server where
 * there are none.
 *
 * @param generation of what came from outside a field: fields that keep their own state start afresh with it.
 */
export function useDraft(form: RefObject<HTMLFormElement | null>, saved: PolicyFields, answered: PolicyFields | null) {
  const [fields, setFields] = useState(answered ?? saved)
  const [generation, setGeneration] = useState(0)
  const [shownFrom, setShownFrom] = useState(saved)
  const ready = useRef(false)

  // Another state was saved, or gone back to: it is what the page now shows.
  if (shownFrom !== saved && JSON.stringify(shownFrom) !== JSON.stringify(saved)) {
    setShownFrom(saved)
    setFields(saved)
    setGeneration(generation + 1)
  }

  // What was typed before the scripts were there.
  useEffect(() => {
    if (form.current && !ready.current) setFields(draftOf(new FormData(form.current)))
    ready.current = true
  }, [form])

  function replace(next: PolicyFields) {
    setFields(next)
    setGeneration((before) => before + 1)
  }

  return {
    fields,
    generation,
    dirty: JSON.stringify(fields) !== JSON.stringify(saved),
    discard: () => replace(saved),
    change: (id: string, values: Partial<RuleFields>) =>
      setFields((before) => ({
        ...before,
        rules: before.rules.map((rule) => (rule.id === id ? { ...rule, ...values } : rule)),
      })),
    decideOtherwise: (otherwise: PolicyFields['otherwise']) => setFields((before) => ({ ...before, otherwise })),
    place: (id: string, to: number) => setFields((before) => moved(before, id, to)),
    /** What a button asks for. Null: nothing that is done here. `focus` is the rule that it is about then. */
    press(asked: string, theirs: PolicyFields | null): { does: string; focus: string } | null {
      const taken = takenIn(asked)
      if (taken && theirs) {
        replace(mergeTheirs(fields, theirs, taken))
        return { does: 'take', focus: '' }
      }
      const step = stepOf(asked)
      if (!step) return null
      const id = freshId()
      const next = applyStep(fields, step, id)
      if (step.does === 'up' || step.does === 'down') setFields(next)
      else replace(next)
      return { does: step.does, focus: step.does === 'add' || step.does === 'duplicate' ? id : step.id }
    },
  }
}
