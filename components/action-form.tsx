'use client'

import { type ComponentProps, type FormEvent, useEffect, useRef, useState, useTransition } from 'react'
import type { PlainAction } from '@/lib/access/signed-out'
import { ask, postedBy, type ServerAction, useFormToken } from './server-action'
import { type Unanswered, UnansweredNote } from './unanswered-note'
import { useUnsaved } from './unsaved'

type Native = Omit<ComponentProps<'form'>, 'action' | 'method'>

/**
 * A form whose action answers with a state. Every answer resets its fields to what the state says, as the framework does.
 *
 * @param props.keeps The fields stay as they are after an answer too.
 * @param props.guarded Asks before the page is left with what was typed.
 * @param props.onChanges Hears whether the fields differ from what they first had.
 */
export function ActionForm<State>({
  of,
  keeps = false,
  guarded = false,
  onChanges,
  onSubmit,
  children,
  ...native
}: Native & {
  of: ServerAction<State>
  keeps?: boolean
  guarded?: boolean
  onChanges?: (hasChanges: boolean) => void
}) {
  const form = useRef<HTMLFormElement>(null)
  const { state, unanswered } = of
  const shownState = useRef(state)
  const { changed, look } = useUnsaved(form, guarded || onChanges ? '' : null, guarded)
  const hasChanges = changed.length > 0

  useEffect(() => {
    if (shownState.current !== state && !keeps) form.current?.reset()
    shownState.current = state
  }, [state, keeps])

  useEffect(() => onChanges?.(hasChanges), [onChanges, hasChanges])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    onSubmit?.(event as Parameters<NonNullable<typeof onSubmit>>[0])
    if (!of.pending) of.send(postedBy(event))
  }
  return (
    <form {...native} ref={form} action={of.action} onSubmit={submit} onInput={look}>
      {unanswered && <UnansweredNote why={unanswered} className={NOTE} />}
      {children}
    </form>
  )
}

/** A form whose outcome is the page that it leads to. */
export function PlainForm({ action, children, ...native }: Omit<Native, 'onSubmit'> & { action: PlainAction }) {
  const [pending, start] = useTransition()
  const [unanswered, setUnanswered] = useState<Unanswered | null>(null)
  const token = useFormToken()

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (pending) return
    const data = postedBy(event)
    token.put(data)
    setUnanswered(null)
    start(async () => {
      const result = await ask(() => action(data))
      if ('unanswered' in result) setUnanswered(result.unanswered)
    })
  }
  return (
    <form {...native} action={action as (form: FormData) => Promise<void>} onSubmit={submit}>
      {unanswered && <UnansweredNote why={unanswered} className={NOTE} />}
      {children}
    </form>
  )
}

/** Forms are laid out in many ways; the note takes a line to itself in each. */
const NOTE = 'col-span-full min-w-[min(18rem,75vw)] basis-full whitespace-normal'
