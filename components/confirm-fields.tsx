'use client'

import { type ReactNode, useEffect, useId, useRef } from 'react'
import type { CONFIRM_FIELDS } from '@/lib/access/confirm-fields'
import { answerKey } from './answer-key'
import { TextInput } from './inputs'
import { Note } from './note'

/** What a form asks for when the session is not fresh, in the reader's language. It travels in form states, so it holds no secret. */
export interface Confirmation {
  title: string
  /** Why it is asked for, or why the last answer could not be checked. */
  text: string
  /** Whether the last answer was wrong or could not be checked. */
  isWrong: boolean
  /** What was wrong with the field of this name. */
  errors?: Partial<Record<(typeof CONFIRM_FIELDS)[number], string>>
  /** The account, for password managers. Never sent. */
  username: string
  password: string
  /** Null if the account has no second factor. */
  code: { label: string; hint: string } | null
}

/**
 * Password, and code where there is one, as part of the form that needs them: they are sent with it, make the session fresh,
 * and the form is carried out at once. What was typed stays in the form.
 *
 * @param props.children The button of the form, which says what will be done. It has no other one then.
 */
export function ConfirmFields({ confirmation, children }: { confirmation: Confirmation; children: ReactNode }) {
  const fields = useRef<HTMLDivElement>(null)
  // A field takes the focus at once, so screen readers would not say the text otherwise.
  const text = useId()

  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    const wrong = fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
    const first = fields.current?.querySelector<HTMLElement>('[type="password"]')
    ;(wrong ?? first)?.focus()
  }, [confirmation])

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
      <div ref={fields} className="mt-3 grid max-w-[22rem] gap-3 text-ink">
        <AccountName>{confirmation.username}</AccountName>
        <ConfirmInputs confirmation={confirmation} describedBy={text} />
        {/* A button that looks like a link in its row would be hard to find below a field. */}
        <div className="[&>.button-quiet]:border-edge [&>.button-quiet]:bg-raised">{children}</div>
      </div>
    </Note>
  )
}

/** The button of a form, inside the question for the password while that is asked. */
export const WithConfirmation = (props: { confirmation: Confirmation | null | undefined; children: ReactNode }) =>
  props.confirmation ? (
    <ConfirmFields confirmation={props.confirmation}>{props.children}</ConfirmFields>
  ) : (
    <div>{props.children}</div>
  )

/** For password managers, in front of the first password field. Never sent. */
export const AccountName = ({ children }: { children: string }) => (
  <input type="text" autoComplete="username" defaultValue={children} aria-label={children} readOnly hidden />
)

/** The fields alone, for a form that always asks for them and names the account before its first password field, as password managers expect. */
export function ConfirmInputs(props: { confirmation: Confirmation; describedBy?: string; required?: boolean }) {
  const { confirmation, describedBy, required } = props
  const { password, code, errors } = confirmation
  const idPrefix = useId()
  const field = (name: keyof NonNullable<typeof errors>) => ({ idPrefix, name, required, error: errors?.[name] })
  return (
    <>
      <TextInput
        {...field('confirmPassword')}
        label={password}
        describedBy={describedBy}
        type="password"
        autoComplete="current-password"
      />
      {code && <TextInput {...field('confirmCode')} {...code} autoComplete="one-time-code" maxLength={40} mono />}
    </>
  )
}
