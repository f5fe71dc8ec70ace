import type { ComponentProps, ReactNode } from 'react'
import { Icon } from './icon'

export interface FieldLabels {
  /** Also the control's id, and the stem of its hint's and error's ids. */
  name: string
  /** Before the name in these ids, where several forms of the page have a field of this name. */
  idPrefix?: string | undefined
  label: ReactNode
  hint?: ReactNode
  /** What is wrong with the value and how to fix it. */
  error?: string | undefined
  /** What was done to the value, which is fine as it is. */
  info?: string | undefined
  /** Of the whole field. */
  className?: string | undefined
}

/** What is said around a control, and the attributes of the control itself. */
export type ControlProps<Tag extends 'input' | 'select' | 'textarea'> = FieldLabels &
  Omit<ComponentProps<Tag>, keyof FieldLabels | 'id' | 'children'>

/** The two parts of a control's properties. */
export function divided<Attributes extends object>(props: FieldLabels & Attributes) {
  const { name, idPrefix, label, hint, error, info, className, ...attributes } = props
  return { field: { name, idPrefix, label, hint, error, info, className }, attributes }
}

const idOf = ({ name, idPrefix }: Pick<FieldLabels, 'name' | 'idPrefix'>): string =>
  idPrefix ? `${idPrefix}-${name}` : name

/** The attributes that tie a control to its label, hint and error; spread them on the control inside a `Field`. */
export function fieldProps(field: Omit<FieldLabels, 'label'>) {
  const { name, hint, error, info } = field
  const id = idOf(field)
  const described = [error && `${id}-error`, info && `${id}-info`, hint && `${id}-hint`].filter(Boolean)
  return {
    id,
    name,
    'aria-invalid': error ? (true as const) : undefined,
    'aria-describedby': described.join(' ') || undefined,
  }
}

/** A control with its label above and its error and hint below. */
export function Field(props: FieldLabels & { children: ReactNode }) {
  return (
    <div className={props.className}>
      <label htmlFor={idOf(props)} className="mb-1 block w-fit text-sm font-[580]">
        {props.label}
      </label>
      {props.children}
      <FieldNotes {...props} />
    </div>
  )
}

/** The error, information and hint of a control, under the ids that `fieldProps` refers to. */
export function FieldNotes(field: Omit<FieldLabels, 'label'>) {
  const { hint, error, info } = field
  const id = idOf(field)
  return (
    <>
      {error && (
        <p id={`${id}-error`} className="mt-1 flex gap-1.5 text-sm font-[500] text-bad">
          <Icon name="warning" className="mt-0.5 size-4" />
          <span className="first-letter:uppercase">{error}</span>
        </p>
      )}
      {info && (
        <p id={`${id}-info`} className="mt-1 flex gap-1.5 text-sm font-[500] text-accent">
          <Icon name="info" className="mt-0.5 size-4" />
          <span className="first-letter:uppercase">{info}</span>
        </p>
      )}
      {hint && (
        <div id={`${id}-hint`} className="mt-1 text-sm text-pretty text-faint">
          {hint}
        </div>
      )}
    </>
  )
}
