import type { ComponentProps, ReactNode } from 'react'
import { Field, type FieldLabels, FieldNotes, fieldProps } from './field'

type Native<Tag extends 'input' | 'select' | 'textarea'> = Omit<ComponentProps<Tag>, 'name' | 'id' | 'children'>

/** One line of text. `wide` text such as IDs may ask for `mono`. */
export function TextInput({
  name,
  label,
  hint,
  error,
  info,
  mono,
  className,
  ...native
}: FieldLabels & Native<'input'> & { mono?: boolean }) {
  return (
    <Field {...{ name, label, hint, error, info }} {...(className && { className })}>
      <input
        type="text"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        {...native}
        {...fieldProps({ name, hint, error, info })}
        className={`control ${mono ? 'font-mono text-[0.875rem]' : ''}`}
      />
    </Field>
  )
}

/** A secret goes in and never comes out: it has no value to show, and no password manager is to fill it. */
export function SecretInput({
  name,
  label,
  hint,
  error,
  info,
  className,
  ...native
}: FieldLabels & Omit<Native<'input'>, 'type' | 'value' | 'defaultValue'>) {
  return (
    <Field {...{ name, label, hint, error, info }} {...(className && { className })}>
      <input
        autoComplete="off"
        data-1p-ignore=""
        data-lpignore="true"
        {...native}
        type="password"
        spellCheck={false}
        {...fieldProps({ name, hint, error, info })}
        className="control font-mono text-[0.875rem]"
      />
    </Field>
  )
}

export interface Choice {
  value: string
  label: string
}

export function Select({
  name,
  label,
  hint,
  error,
  options,
  className,
  ...native
}: FieldLabels & Native<'select'> & { options: readonly Choice[] }) {
  return (
    <Field {...{ name, label, hint, error }} {...(className && { className })}>
      <select {...native} {...fieldProps({ name, hint, error })} className="control">
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </Field>
  )
}

/** Posts `on` when ticked, nothing when not. */
export function Checkbox({
  name,
  label,
  hint,
  error,
  className,
  ...native
}: FieldLabels & Omit<Native<'input'>, 'type'>) {
  return (
    <div className={className}>
      <div className="flex gap-2.5">
        <input type="checkbox" {...native} {...fieldProps({ name, hint, error })} className="mt-1 size-4 shrink-0" />
        <div className="min-w-0">
          <label htmlFor={name} className="font-[500]">
            {label}
          </label>
          <FieldNotes {...{ name, hint, error }} />
        </div>
      </div>
    </div>
  )
}

/** One of a few, all seen at once. */
export function RadioGroup(props: {
  name: string
  legend: ReactNode
  hint?: ReactNode
  error?: string | undefined
  options: readonly (Choice & { hint?: ReactNode; disabled?: boolean })[]
  defaultValue: string
  className?: string
  onChange?: ComponentProps<'input'>['onChange']
}) {
  const { name, hint, error } = props
  const { 'aria-describedby': described } = fieldProps({ name, hint, error })
  return (
    <fieldset className={props.className} aria-describedby={described}>
      <legend className="mb-1 text-sm font-[550]">{props.legend}</legend>
      <div className="grid gap-1">
        {props.options.map((option) => (
          <div key={option.value} className="flex gap-2.5">
            <input
              type="radio"
              id={`${name}-${option.value}`}
              name={name}
              value={option.value}
              defaultChecked={option.value === props.defaultValue}
              disabled={option.disabled}
              onChange={props.onChange}
              aria-describedby={option.hint ? `${name}-${option.value}-hint` : undefined}
              className="mt-1 size-4 shrink-0"
            />
            <div>
              <label htmlFor={`${name}-${option.value}`}>{option.label}</label>
              {option.hint && (
                <p id={`${name}-${option.value}-hint`} className="text-sm text-faint">
                  {option.hint}
                </p>
              )}
            </div>
          </div>
        ))}
      </div>
      <FieldNotes {...{ name, hint, error }} />
    </fieldset>
  )
}
