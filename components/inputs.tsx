import type { ComponentProps, ReactNode } from 'react'
import { Icon } from './icon'

interface FieldLabels {
  /** Also the control's id, and the stem of its hint's and error's ids. */
  name: string
  /** Before the name in these ids, where several forms of the page have a field of this name. */
  idPrefix?: string | undefined
  label: ReactNode
  hint?: ReactNode
  /** What is wrong with the value and how to fix it; several faults on a line each. */
  error?: string | undefined
  /** What was done to the value, which is fine as it is. */
  info?: string | undefined
  /** Id of a text elsewhere that explains it. */
  describedBy?: string | undefined
  className?: string | undefined
}

/** What is said around a control, and the attributes of the control itself. */
type ControlProps<Tag extends 'input' | 'select' | 'textarea'> = FieldLabels &
  Omit<ComponentProps<Tag>, keyof FieldLabels | 'id' | 'children'>

function divided<Attributes extends object>(props: FieldLabels & Attributes) {
  const { name, idPrefix, label, hint, error, info, describedBy, className, ...attributes } = props
  return { field: { name, idPrefix, label, hint, error, info, describedBy, className }, attributes }
}

const idOf = ({ name, idPrefix }: Pick<FieldLabels, 'name' | 'idPrefix'>) => (idPrefix ? `${idPrefix}-${name}` : name)

/** Of the text that says what is wrong with the control of this id. */
export const errorId = (id: string): string => `${id}-error`

/** The attributes that tie a control to its label, hint and error; spread them on the control inside a `Field`. */
export function fieldProps(field: Omit<FieldLabels, 'label'>) {
  const { name, hint, error, info } = field
  const id = idOf(field)
  const notes = [error && errorId(id), info && `${id}-info`, hint && `${id}-hint`]
  const described = [...notes, field.describedBy].filter(Boolean)
  return {
    id,
    name,
    // Said in either case: browsers call an empty required field invalid before anything is typed.
    'aria-invalid': Boolean(error),
    'aria-describedby': described.join(' ') || undefined,
  }
}

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
        <p id={errorId(id)} className="mt-1 flex gap-1.5 text-sm font-[500] text-bad">
          <Icon name="warning" className="mt-0.5 size-4" />
          <span className="grid gap-1">
            {error.split('\n').map((line) => (
              <span key={line} className={/^["“„]/.test(line) ? '' : 'first-letter:uppercase'}>
                {line}
              </span>
            ))}
          </span>
        </p>
      )}
      {info && (
        <p id={`${id}-info`} className="mt-1 flex gap-1.5 text-sm font-[500] text-accent">
          <Icon name="info" className="mt-0.5 size-4" />
          <span className="first-letter:uppercase">{info}</span>
        </p>
      )}
      {hint && (
        <div id={`${id}-hint`} className="mt-1 text-sm text-faint">
          {hint}
        </div>
      )}
    </>
  )
}

/** Addresses, patterns and IDs: a browser neither corrects nor completes them. */
const NO_PROSE = { spellCheck: false, autoCapitalize: 'none', autoComplete: 'off' } as const

/** One line of text. `wide` text such as IDs may ask for `mono`. */
export function TextInput(props: ControlProps<'input'> & { mono?: boolean }) {
  const { field, attributes } = divided(props)
  const { mono, ...native } = attributes
  return (
    <Field {...field}>
      <input
        type="text"
        {...NO_PROSE}
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

/** A stored value that is not among the options any more is shown as it is, so that no other is chosen in its place. */
export function Select(props: ControlProps<'select'> & { options: readonly Choice[] }) {
  const { field, attributes } = divided(props)
  const { options, ...native } = attributes
  const stored = native.defaultValue === undefined ? '' : String(native.defaultValue)
  return (
    <Field {...field}>
      <select {...native} {...fieldProps(field)} className="control">
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {stored && !options.some(({ value }) => value === stored) && <option>{stored}</option>}
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
  /** Of the chosen one, or of the first if none is. */
  autoFocus?: boolean
  className?: string
  onChange?: ComponentProps<'input'>['onChange']
}) {
  const { name, hint, error } = props
  const { 'aria-describedby': described } = fieldProps({ name, hint, error })
  const focused = props.options.find(({ value }) => value === props.defaultValue) ?? props.options[0]
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
              {...(props.autoFocus && option === focused && { autoFocus: true })}
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
      <FieldNotes name={name} hint={hint} error={error} />
    </fieldset>
  )
}

/** Several lines: of addresses and the like, or of `prose`. */
export function TextArea(props: ControlProps<'textarea'> & { prose?: boolean; mono?: boolean }) {
  const { field, attributes } = divided(props)
  const { prose, mono, ...native } = attributes
  return (
    <Field {...field}>
      <textarea
        {...(!prose && NO_PROSE)}
        {...native}
        {...fieldProps(field)}
        className={`control ${mono ? 'font-mono text-[0.875rem]' : ''}`}
      />
    </Field>
  )
}
