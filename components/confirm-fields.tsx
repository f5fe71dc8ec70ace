'use client'

import { type ReactNode, type RefObject, useEffect, useId, useRef } from 'react'
import { answerKey } from './answer-key'
import { TextInput } from './inputs'
import { Note } from './note'

/** What a form asks for when the session is not fresh, in the reader's language. It travels in form states, so it holds no secret. */
export interface Confirmation {
  title: string
  /** Why it is asked for, or what was wrong with the last answer. */
  text: string
  isWrong: boolean
  /** The account, for password managers. Never sent. */
  username: string
  password: string
  /** Null if the account has no second factor. */
  code: { label: string; hint: string } | null
}

/**
 * Password, and code where there is one, as part of the form that needs them: they are sent with it, make the session fresh,
 * and the form is carried out at once. What was typed stays in the form.
 */
export function ConfirmFields({ confirmation, children }: { confirmation: Confirmation; children?: ReactNode }) {
  const first = useRef<HTMLInputElement>(null)
  // The first field takes the focus at once, so screen readers would not say the text otherwise.
  const text = useId()

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => first.current?.focus(), [confirmation])

  return (
    <Note
      kind={confirmation.isWrong ? 'danger' : 'warning'}
      live="alert"
      title={confirmation.title}
      className="text-left" // also where the column of a table ends
    >
      <p key={answerKey(confirmation)} id={text}>
        {confirmation.text}
      </p>
      <div className="mt-3 grid max-w-[22rem] gap-3 text-ink">
        <AccountName>{confirmation.username}</AccountName>
        <ConfirmInputs confirmation={confirmation} first={first} describedBy={text} />
        {children && <div>{children}</div>}
      </div>
    </Note>
  )
}

/** For password managers, in front of the first password field. Never sent. */
export const AccountName = ({ children }: { children: string }) => (
  <input type="text" autoComplete="username" defaultValue={children} aria-label={children} readOnly hidden />
)

/** The fields alone, for a form that always asks for them and names the account before its first password field, as password managers expect. */
export function ConfirmInputs(props: {
  confirmation: Confirmation
  first?: RefObject<HTMLInputElement | null>
  describedBy?: string
}) {
  const { confirmation, first, describedBy } = props
  const idPrefix = useId()
  const password = { idPrefix, name: 'confirmPassword', label: confirmation.password, describedBy }
  const code = confirmation.code && { idPrefix, name: 'confirmCode', ...confirmation.code }
  return (
    <>
      <TextInput {...password} ref={first} type="password" autoComplete="current-password" />
      {code && <TextInput {...code} autoComplete="one-time-code" maxLength={40} mono />}
    </>
  )
}
