import type { ComponentProps, ReactNode } from 'react'
import { type ControlProps, divided, Field, FieldNotes, fieldProps } from './field'

/** One line of text. `wide` text such as IDs may ask for `mono`. */
export function TextInput(props: ControlProps<'input'> & { mono?: boolean }) {
  const { field, attributes } = divided(props)
  const { mono, ...native } = attributes
  return (
    <Field {...field}>
      <input
        type="text"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        {...native}
        {...fieldProps(field)}
        className={`control ${mono ? 'font-mono max-sm:text-sm' : ''}`}
      />
    </Field>
  )
}

/** A secret goes in and never comes out: it has no value to show, and no password manager is to fill it. */
export const SecretInput = (props: Omit<ControlProps<'input'>, 'type' | 'value' | 'defaultValue'>) => (
  <TextInput data-1p-ignore="" data-lpignore="true" {...props} type="password" mono />
)

export interface Choice {
  value: string
  label: string
}

export function Select(props: ControlProps<'select'> & { options: readonly Choice[] }) {
  const { field, attributes } = divided(props)
  const { options, ...native } = attributes
  return (
    <Field {...field}>
      <select {...native} {...fieldProps(field)} className="control">
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
export function Checkbox(props: Omit<ControlProps<'input'>, 'type'>) {
  const { field, attributes } = divided(props)
  const control = fieldProps(field)
  return (
    <div className={field.className}>
      <div className="flex gap-2.5">
        <input type="checkbox" {...attributes} {...control} className="mt-1 size-4 shrink-0" />
        <div className="min-w-0">
          <label htmlFor={control.id} className="font-[500]">
            {field.label}
          </label>
          <FieldNotes {...field} />
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
