'use client'

import { type ComponentProps, createContext, type ReactNode, use } from 'react'
import { FieldNotes, fieldProps, RadioGroup, Select, TextArea, TextInput } from '@/components/inputs'

/** What the form around these fields was refused with. With scripts the fields have what was typed anyway. */
export const Refusal = createContext<Readonly<Partial<Record<'typed' | 'errors', Record<string, string>>>>>({})

/** Password managers ignore such a field. */
const UNMANAGED = { 'data-1p-ignore': '', 'data-lpignore': 'true' }

/** A field of one of several forms on a page. It may be next to a secret, so password managers fill only what says `autoComplete`. */
export function FormInput(field: ComponentProps<typeof TextInput>) {
  const isUnmanaged = field.autoComplete === undefined
  return (
    <TextInput
      {...(isUnmanaged && UNMANAGED)}
      mono={isUnmanaged && field.type === 'password'}
      {...useAfterRefusal(field)}
    />
  )
}

type FormField = ComponentProps<typeof FormInput>

export const PasswordInput = (field: FormField) => (
  <FormInput type="password" autoComplete="current-password" required {...field} />
)

/** A code of the second factor, or a backup code. */
export const CodeInput = (field: FormField) => (
  <FormInput autoComplete="one-time-code" maxLength={40} mono required {...field} />
)

/** HTML allows `username` on a field for an email address only since recently, and checkers call it an error. */
export const UsernameInput = (field: Omit<FormField, 'name'>) => (
  <FormInput name="email" inputMode="email" autoComplete="username" required {...field} />
)

function useRefused(name: string) {
  const { typed, errors } = use(Refusal)
  return { typed: typed?.[name], error: errors?.[name] }
}

/** The field with what was typed into it and what is wrong with that, if the form was refused. */
function useAfterRefusal<Field extends { name: string; defaultValue?: unknown }>(field: Field) {
  const { typed, error } = useRefused(field.name)
  // The browser gives the first of these the focus where no scripts do.
  return { ...field, ...(error && { autoFocus: true }), error, defaultValue: typed ?? field.defaultValue }
}

export const FormSelect = (field: ComponentProps<typeof Select>) => <Select {...useAfterRefusal(field)} />

/** The key makes React take another default when the form is reset, which `keeps` forms are not. */
export function ResetSelect(field: ComponentProps<typeof Select>) {
  return <FormSelect key={useRefused(field.name).typed ?? String(field.defaultValue)} {...field} />
}

export const FormRadios = (field: ComponentProps<typeof RadioGroup>) => <RadioGroup {...useAfterRefusal(field)} />

export const FormTextArea = (field: ComponentProps<typeof TextArea>) => <TextArea {...useAfterRefusal(field)} />

/** One of several boxes of the same name. What was typed is the values of those with a tick, which contain no blanks. */
export function FormBox(props: {
  name: string
  value: string
  defaultChecked: boolean
  autoFocus?: boolean
  className?: string
  children: ReactNode
}) {
  const { name, value, defaultChecked, autoFocus, className = '', children } = props
  const { typed } = useRefused(name)
  const isTicked = typed === undefined ? defaultChecked : typed.split(' ').includes(value)
  return (
    <label className={`flex items-baseline gap-2.5 ${className}`}>
      <input type="checkbox" name={name} value={value} defaultChecked={isTicked} {...(autoFocus && { autoFocus })} />
      {children}
    </label>
  )
}

export function FormBoxes(props: {
  name: string
  legend: string
  options: readonly { value: string; label: ReactNode }[]
  chosen: readonly string[]
}) {
  const { name, legend, options, chosen } = props
  const { error } = useRefused(name)
  const { 'aria-describedby': described } = fieldProps({ name, error })
  return (
    <fieldset id={error && name} aria-describedby={described} className="grid gap-1.5">
      <legend className="mb-1 text-sm font-[550]">{legend}</legend>
      {options.map(({ value, label }, index) => (
        <FormBox
          key={value}
          {...{ name, value }}
          defaultChecked={chosen.includes(value)}
          autoFocus={Boolean(error) && index === 0}
        >
          {label}
        </FormBox>
      ))}
      <FieldNotes name={name} error={error} />
    </fieldset>
  )
}
