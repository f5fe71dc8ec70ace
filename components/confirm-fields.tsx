'use client'

import { type ReactNode, type RefObject, useEffect, useId, useRef } from 'react'
import { Field, fieldProps } from './field'
import { Note } from './note'

/** What a form asks of a session that is not fresh, in the reader's language. It holds nothing secret: states carry it. */
export interface Confirmation {
  title: string
  /** Why, or what was wrong with the last try. */
  text: string
  isWrong: boolean
  /** Whose password: for password managers. Never sent. */
  username: string
  password: string
  /** Null: the account has no second factor. */
  code: { label: string; hint: string } | null
}

/**
 * Password, and code where there is one, inside the form that asked: sent with it, they make the session fresh and the form
 * is done at once. What was typed stays in the form.
 */
export function ConfirmFields({ asked, children }: { asked: Confirmation; children?: ReactNode }) {
  const first = useRef<HTMLInputElement>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer asks anew
  useEffect(() => first.current?.focus(), [asked])

  return (
    <Note kind={asked.isWrong ? 'danger' : 'warning'} live="alert" title={asked.title}>
      <p>{asked.text}</p>
      <div className="mt-3 grid max-w-[22rem] gap-3 text-ink">
        <input type="text" autoComplete="username" defaultValue={asked.username} readOnly hidden />
        <ProofFields asked={asked} first={first} />
        {children && <div>{children}</div>}
      </div>
    </Note>
  )
}

/**
 * The fields for password and code alone, for a form that asks for them each time. The form names the account itself, before its
 * first password field, as password managers expect.
 */
export function ProofFields({ asked, first }: { asked: Confirmation; first?: RefObject<HTMLInputElement | null> }) {
  const id = useId()
  return (
    <>
      <Field name={`${id}password`} label={asked.password}>
        <input
          ref={first}
          type="password"
          autoComplete="current-password"
          className="control"
          {...fieldProps({ name: `${id}password` })}
          name="confirmPassword"
        />
      </Field>
      {asked.code && (
        <Field name={`${id}code`} {...asked.code}>
          <input
            type="text"
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={40}
            className="control font-mono"
            {...fieldProps({ name: `${id}code`, hint: asked.code.hint })}
            name="confirmCode"
          />
        </Field>
      )}
    </>
  )
}
