'use client'

import { unstable_isUnrecognizedActionError, unstable_rethrow } from 'next/navigation'
import {
  type ComponentProps,
  type FormEvent,
  startTransition,
  useActionState,
  useEffect,
  useRef,
  useState,
  useTransition,
} from 'react'
import { useFormStatus } from 'react-dom'
import { CONFIRM_FIELDS } from '@/lib/access/confirm-fields'
import { causeIn } from '@/lib/access/failure-mark'
import { type Answer, isSignedOut, type PlainAction, REFUSED } from '@/lib/access/signed-out'
import { PostedFields } from './account'
import { Button } from './button'
import { errorId } from './inputs'
import { useAnnouncement } from './live'
import { type Unanswered, UnansweredNote } from './unanswered-note'
import { useLeaveGuard, useUnsaved } from './unsaved'

/** `hidden` is posted along with what is typed. */
type Native = Omit<ComponentProps<'form'>, 'action' | 'method' | 'hidden'> & {
  hidden?: ComponentProps<typeof PostedFields>
}

/** A form whose action answers with a state. Every answer resets its fields to what the state says, as the framework does. */
export function ActionForm(
  props: Native & {
    call: ReturnType<typeof useServerAction>
    /** The fields stay as they are after an answer too. */
    keeps?: boolean
    /** The first wrong field gets the focus, or is announced where it has the focus already. */
    leads?: boolean
    /** Asks before the page is left with what was typed. */
    guarded?: boolean
    /** Hears whether the fields differ from what they first had. */
    onChanges?: (hasChanges: boolean) => void
  },
) {
  const { call, hidden, keeps, leads, guarded = false, onChanges, onSubmit, children, ...native } = props
  const form = useRef<HTMLFormElement>(null)
  const { state, unanswered } = call
  const shownState = useRef(state)
  const { region, announce } = useAnnouncement()
  const { changed, look } = useUnsaved(form, {
    savedAs: guarded || onChanges ? '' : null,
    saved: call.cameWithPage ? 'unknown' : null,
    asks: guarded,
    pending: call.pending,
  })
  const hasChanges = changed.length > 0

  useEffect(() => {
    if (shownState.current !== state && !keeps) form.current?.reset()
    shownState.current = state
  }, [state, keeps])

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    // The question for the password is an alert and has the focus already.
    const wrong = leads && form.current?.querySelector<HTMLElement>('[aria-invalid="true"]:not([role="alert"] *)')
    if (!wrong) return
    // A screen reader says it with a field that gets the focus, also where a page is loaded with it.
    if (wrong === document.activeElement && !call.cameWithPage)
      announce(document.getElementById(errorId(wrong.id))?.textContent ?? '')
    wrong.focus()
  }, [state, leads])

  useEffect(() => onChanges?.(hasChanges), [onChanges, hasChanges])

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    onSubmit?.(event as Parameters<NonNullable<typeof onSubmit>>[0])
    announce('')
    if (!call.pending) call.send(postedBy(event))
  }
  return (
    <form {...NOT_INVALID} {...native} ref={form} action={call.action} onSubmit={submit} onInput={look}>
      {unanswered && <UnansweredNote why={unanswered} className={NOTE} />}
      <PostedFields {...hidden} />
      {children}
      {leads && region}
    </form>
  )
}

/** A form whose outcome is the page that it leads to. */
export function PlainForm({ action, hidden, children, ...native }: Omit<Native, 'onSubmit'> & { action: PlainAction }) {
  const [pending, start] = useTransition()
  const [unanswered, setUnanswered] = useState<Unanswered | null>(null)
  const token = useFormToken()
  useLeaveGuard({ pending })

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
    <form {...NOT_INVALID} {...native} action={action as (form: FormData) => Promise<void>} onSubmit={submit}>
      {unanswered && <UnansweredNote why={unanswered} className={NOTE} />}
      <PostedFields {...hidden} />
      {children}
    </form>
  )
}

/** For Firefox a form with an empty required field is invalid, and screen readers would say so before anything was typed. */
const NOT_INVALID = { 'aria-invalid': false }

/** Forms are laid out in many ways; the note takes a line to itself in each. */
const NOTE = 'col-span-full min-w-[min(18rem,75vw)] basis-full whitespace-normal'

/** The button of a form with one action: shows that the form is on its way. */
export function SubmitButton({
  pendingLabel,
  text,
  ...props
}: Omit<ComponentProps<typeof Button>, 'pending'> & { pendingLabel?: string }) {
  const { pending } = useFormStatus()
  return <Button {...props} pending={pending} text={pending && pendingLabel ? pendingLabel : text} />
}

/** Calls the server. A missing answer is returned as a value, so that the page keeps everything that was typed. */
async function ask<State>(call: () => Promise<Answer<State>>): Promise<{ answer: State } | { unanswered: Unanswered }> {
  try {
    const answer = await call()
    return isSignedOut(answer) ? { unanswered: answer } : { answer }
  } catch (thrown) {
    unstable_rethrow(thrown) // a redirect is an answer
    return { unanswered: reasonOf(thrown) }
  }
}

function reasonOf(thrown: unknown): Unanswered {
  if (unstable_isUnrecognizedActionError(thrown)) return { kind: 'outdated' }
  if (thrown instanceof Error && thrown.message.startsWith(REFUSED))
    return { kind: 'refused', sentence: thrown.message.slice(REFUSED.length) }
  if (!(thrown instanceof Error && 'digest' in thrown)) return noConnection()
  return failureIn(String(thrown.digest))
}

/** What a request failed by, from the mark of the error or of the answer. */
export function failureIn(mark: string): Unanswered {
  const cause = causeIn(mark)
  return cause ? { kind: cause } : { kind: 'broken', number: mark }
}

export const noConnection = (): Unanswered => ({ kind: navigator.onLine ? 'silent' : 'offline' })

export const postedBy = ({ currentTarget, nativeEvent }: FormEvent<HTMLFormElement>): FormData =>
  formDataOf(currentTarget, (nativeEvent as SubmitEvent).submitter)

/** What is in a form, and the value of its pressed button. The framework's own fields go along only without scripts. */
export function formDataOf(form: HTMLFormElement, button: HTMLElement | null = null): FormData {
  const data = new FormData(form, button)
  for (const name of [...data.keys()].filter((name) => name.startsWith('$'))) data.delete(name)
  return data
}

/** 128 random bits, as app/_server/form-token makes them; `randomUUID` would need a secure context. */
const freshToken = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** What the server compares when the same token comes again: everything but the token and a confirmed password. */
const contentOf = (data: FormData): string =>
  JSON.stringify(
    [...data]
      .filter(([name]) => !['formToken', ...CONFIRM_FIELDS].includes(name))
      .map(([name, value]) => [name, typeof value === 'string' ? value : [value.name, value.size, value.lastModified]]),
  )

/**
 * The one-time token of each post of a form. The same content without an answer is posted with the same token: the server
 * may have carried it out already, and then repeats its answer instead of doing it twice.
 */
export function useFormToken() {
  const last = useRef<{ rendered: string; token: string; content: string; isAnswered: boolean } | null>(null)
  return {
    put(data: FormData): void {
      const rendered = data.get('formToken')
      if (typeof rendered !== 'string') return
      const content = contentOf(data)
      const before = last.current
      const unused = before?.rendered === rendered ? freshToken() : rendered
      const isRetry = before !== null && !before.isAnswered && before.content === content
      const token = isRetry ? before.token : unused
      data.set('formToken', token)
      last.current = { rendered, token, content, isAnswered: false }
    },
    answered(): void {
      if (last.current) last.current.isAnswered = true
    },
  }
}

/**
 * `useActionState` for a form that must not lose what was typed. Where no answer comes (offline, a console that restarts,
 * a session that has ended) the state stays as it was and `unanswered` says why. Without scripts it is `useActionState`.
 *
 * @param address Of the page, where an answer must find its form among several without scripts.
 */
export function useServerAction<State>(
  action: (before: Awaited<State>, form: FormData) => Promise<Answer<State>>,
  initial: Awaited<State>,
  address?: string,
) {
  const [unanswered, setUnanswered] = useState<Unanswered | null>(null)
  const token = useFormToken()

  async function guarded(before: Awaited<State>, form: FormData): Promise<State> {
    const result = await ask(() => action(before, form))
    if ('answer' in result) token.answered()
    setUnanswered('unanswered' in result ? result.unanswered : null)
    return 'answer' in result ? result.answer : before
  }

  // Rendered on the server, the form carries the action itself, so that it can be posted without scripts.
  const used = typeof window === 'undefined' ? (action as typeof guarded) : guarded
  const [state, dispatch, pending] = useActionState(used, initial, address)
  const [first] = useState(state)

  return {
    state,
    pending,
    /** Whether the page came with the answer to a form that was posted before the scripts arrived. */
    cameWithPage: state === first && state !== initial,
    /** Why the last post has no answer; `state` is then still what it was. */
    unanswered,
    /** For `<form action>` and `<button formAction>`: what is posted where no scripts run. */
    action: dispatch,
    send(form: FormData) {
      token.put(form)
      setUnanswered(null)
      startTransition(() => dispatch(form))
    },
    clear: () => setUnanswered(null),
  }
}
