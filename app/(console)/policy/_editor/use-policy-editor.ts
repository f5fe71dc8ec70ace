'use client'

import { type RefObject, useEffect, useRef, useState } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { afterPause } from '@/app/(console)/_form/live-errors'
import { POLICY_PREVIEW_PATH } from '@/app/paths'
import type { DraftPreview } from '@/lib/policy'
import { applyStep, moved, type PolicyFields, type RuleFields, stepOf } from '@/lib/policy/draft'
import { draftOf } from './draft-of'
import type { EditorPreview, FieldTexts, FormState } from './form-state'
import type { PolicyLabels } from './labels'
import { mergeTheirs, TAKE_BACK, takenPartOf } from './merge'
import { nameOf } from './sentence'

const MESSAGES: Record<string, 'added' | 'duplicated' | 'removed'> = {
  add: 'added',
  duplicate: 'duplicated',
  remove: 'removed',
}

/** 96 random bits. `randomUUID` would need a secure context. */
const freshId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

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
    const [does = '', id = ''] = value.split(':')
    document.querySelector<HTMLElement>('.menu:popover-open')?.hidePopover()
    if (does === 'up' || does === 'down') {
      place(id, placeOf(id) + (does === 'up' ? -1 : 1))
      return setFocus({ selector: `#menu-${CSS.escape(id)} > button` })
    }
    const theirs = answer.kind === 'conflict' ? answer.theirs.fields : null
    const [part, step, added] = [takenPartOf(value), stepOf(value), freshId()]
    if (value === TAKE_BACK && answer.kind === 'conflict') return draft.replace(answer.fields)
    if (part && theirs) draft.replace(mergeTheirs(draft.fields, theirs, part))
    else if (step) draft.replace(applyStep(draft.fields, step, added))
    else return
    if (does === 'add' || does === 'duplicate') {
      setOpenId(added)
      setFocus({ selector: `[name="name.${CSS.escape(added)}"]` })
    } else if (does === 'remove') setFocus({ selector: '#add-rule' })
    else if (step) setFocus({ selector: `#rule-${CSS.escape(id)} summary` })
    setMessage(w.form[MESSAGES[does] ?? 'fixed'])
  }

  return {
    draft,
    message,
    clearMessage: () => setMessage(''),
    discard() {
      draft.replace(saved)
      setMessage('')
      setOpenId(null)
    },
    press,
    place,
    moveBy: (id: string, by: -1 | 1) => place(id, placeOf(id) + by),
    openId,
    setOpen: (id: string, isOpen: boolean) => setOpenId(isOpen ? id : (now) => (now === id ? null : now)),
  }
}

export type PolicyEditor = ReturnType<typeof usePolicyEditor>

/** The rules in the form. With JavaScript the buttons change them here, without it the same functions run on the server. */
function useDraft(form: RefObject<HTMLFormElement | null>, saved: PolicyFields, answered: PolicyFields | null) {
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
    /** Changes when the values change from outside a field, so that fields with their own state are reset. */
    generation,
    replace,
    change: (id: string, values: Partial<RuleFields>) =>
      setFields((before) => ({
        ...before,
        rules: before.rules.map((rule) => (rule.id === id ? { ...rule, ...values } : rule)),
      })),
    decideOtherwise: (otherwise: PolicyFields['otherwise']) => setFields((before) => ({ ...before, otherwise })),
    place: (id: string, to: number) => setFields((before) => moved(before, id, to)),
  }
}

/**
 * Previews the draft when typing pauses.
 *
 * @param dirty whether the draft differs from the saved rules. Their preview is on the page, without the simulator's answer
 * @param discarded changes when the draft is discarded
 * @returns the newest preview, or null if there is none. While the draft cannot be evaluated, such as half a pattern, it has the
 *   findings and the place of the numbers from before, so that the page does not move below the field.
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
