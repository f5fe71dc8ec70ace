'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { applyStep, moved, type PolicyFields, type RuleFields, stepOf } from '@/lib/policy/draft'
import { draftOf } from './draft-of'
import { mergeTheirs, takenPartOf } from './merge'

/** 96 random bits. `randomUUID` would need a secure context. */
const freshId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * The rules in the form. With JavaScript the buttons change them here, without it the same functions run on the server.
 *
 * @returns `generation` changes when the values change from outside a field, so that fields with their own state are reset
 */
export function useDraft(form: RefObject<HTMLFormElement | null>, saved: PolicyFields, answered: PolicyFields | null) {
  const [fields, setFields] = useState(answered ?? saved)
  const [generation, setGeneration] = useState(0)
  const [shownFrom, setShownFrom] = useState(saved)
  const ready = useRef(false)

  // Other rules were saved or restored, and the page shows them.
  if (shownFrom !== saved && JSON.stringify(shownFrom) !== JSON.stringify(saved)) {
    setShownFrom(saved)
    setFields(saved)
    setGeneration(generation + 1)
  }

  // Values that were entered before JavaScript ran.
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
    replace,
    discard: () => replace(saved),
    change: (id: string, values: Partial<RuleFields>) =>
      setFields((before) => ({
        ...before,
        rules: before.rules.map((rule) => (rule.id === id ? { ...rule, ...values } : rule)),
      })),
    decideOtherwise: (otherwise: PolicyFields['otherwise']) => setFields((before) => ({ ...before, otherwise })),
    place: (id: string, to: number) => setFields((before) => moved(before, id, to)),
    /** Does what a button says. `focus` is the id of the changed rule. Null if the button does nothing here. */
    press(value: string, theirs: PolicyFields | null): { does: string; focus: string } | null {
      const part = takenPartOf(value)
      if (part && theirs) {
        replace(mergeTheirs(fields, theirs, part))
        return { does: 'take', focus: '' }
      }
      const step = stepOf(value)
      if (!step) return null
      const id = freshId()
      const next = applyStep(fields, step, id)
      if (step.does === 'up' || step.does === 'down') setFields(next)
      else replace(next)
      return { does: step.does, focus: step.does === 'add' || step.does === 'duplicate' ? id : step.id }
    },
  }
}
