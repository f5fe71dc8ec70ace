'use client'

import { type ContextType, type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Refusal } from '@/app/_form/form-input'
import { formDataOf } from '@/components/action-form'
import { CONFIRM_FIELDS } from '@/lib/access/confirm-fields'

/** How long typing must pause before the form is looked at. */
const PAUSE_MS = 600

/**
 * Posts the form when typing pauses. It uses a request instead of a server action, because actions wait for one another. One that still
 * waits when the page is left is sent to the next page, which does not know it.
 */
export function afterPause<Answer>(form: HTMLFormElement, path: string, take: (answer: Answer) => void): () => void {
  const abort = new AbortController()
  const { signal } = abort
  const timer = setTimeout(async () => {
    const body = formDataOf(form)
    for (const name of CONFIRM_FIELDS) body.delete(name)
    // If the request fails, editing continues. The next one, or the form itself, reports the problem.
    const answer = await fetch(path, { method: 'POST', body, signal })
      .then((response) => (response.ok ? response.json() : null))
      .catch(() => null)
    if (answer && !signal.aborted) take(answer)
  }, PAUSE_MS)
  return () => {
    clearTimeout(timer)
    abort.abort()
  }
}

type Texts = Readonly<Record<string, string>>

/**
 * Fields that say what is wrong with them while they are filled in, besides what the form was refused with.
 *
 * @param props.path Of the route that checks them. It answers with a text for each, empty if the field is fine.
 * @param props.state The answer to the form, after which only what is typed then counts.
 */
export function LiveRefusal(props: {
  path: string
  state: unknown
  refusal: ContextType<typeof Refusal>
  labels: Texts
  children: ReactNode
}) {
  const { path, state, refusal, labels } = props
  const [live, setLive] = useState<{ state: unknown; errors: Texts }>({ state, errors: {} })
  const cancel = useRef(() => {})
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer, and at the end
  useEffect(() => () => cancel.current(), [state])
  const errors = live.state === state ? live.errors : {}

  function onInput({ target }: FormEvent<HTMLElement>) {
    cancel.current()
    const { form } = target as HTMLInputElement
    if (form) cancel.current = afterPause<Texts>(form, path, (texts) => setLive({ state, errors: texts }))
  }

  return (
    <Refusal value={{ ...refusal, errors: { ...refusal.errors, ...errors } }}>
      <div onInput={onInput} className="contents">
        {props.children}
      </div>
      <LiveErrors errors={Object.entries(errors).flatMap(([name, text]) => (text ? `${labels[name]}: ${text}` : []))} />
    </Refusal>
  )
}

/** Says to screen readers what has become wrong, which the fields show. What was wrong before is not repeated. */
export const LiveErrors = ({ errors }: { errors: readonly string[] }) => (
  <div aria-live="polite" className="sr-only">
    {errors.map((text) => (
      <p key={text}>{text}</p>
    ))}
  </div>
)
