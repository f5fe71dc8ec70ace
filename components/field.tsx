import type { ReactNode } from 'react'
import { Icon } from './icon'

export interface FieldLabels {
  /** Also the control's id, and the stem of its hint's and error's ids. */
  name: string
  label: ReactNode
  hint?: ReactNode
  /** What is wrong with the value and how to fix it. */
  error?: string | undefined
  /** What was done to the value, which is fine as it is. */
  info?: string | undefined
}

/** The attributes that tie a control to its label, hint and error; spread them on the control inside a `Field`. */
export function fieldProps({ name, hint, error, info }: Pick<FieldLabels, 'name' | 'hint' | 'error' | 'info'>) {
  const described = [error ? `${name}-error` : '', info ? `${name}-info` : '', hint ? `${name}-hint` : '']
    .filter(Boolean)
    .join(' ')
  return {
    id: name,
    name,
    'aria-invalid': error ? (true as const) : undefined,
    'aria-describedby': described || undefined,
  }
}

/** A control with its label above and its error and hint below. */
export function Field(props: FieldLabels & { children: ReactNode; className?: string }) {
  return (
    <div className={props.className}>
      <label htmlFor={props.name} className="mb-1 block w-fit text-sm font-[580]">
        {props.label}
      </label>
      {props.children}
      <FieldNotes {...props} />
    </div>
  )
}

/** The error, information and hint of a control, under the ids that `fieldProps` refers to. */
export function FieldNotes({ name, hint, error, info }: Pick<FieldLabels, 'name' | 'hint' | 'error' | 'info'>) {
  return (
    <>
      {error && (
        <p id={`${name}-error`} className="mt-1 flex gap-1.5 text-sm font-[500] text-bad">
          <Icon name="warning" className="mt-0.5 size-4" />
          <span className="first-letter:uppercase">{error}</span>
        </p>
      )}
      {info && (
        <p id={`${name}-info`} className="mt-1 flex gap-1.5 text-sm font-[500] text-accent">
          <Icon name="info" className="mt-0.5 size-4" />
          <span className="first-letter:uppercase">{info}</span>
        </p>
      )}
      {hint && (
        <div id={`${name}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </div>
      )}
    </>
  )
}
