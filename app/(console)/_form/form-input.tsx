'use client'

import { type ComponentProps, createContext, type ReactNode, use } from 'react'
import { FieldNotes, fieldProps, Select, TextArea, TextInput } from '@/components/inputs'

/** What the form around these fields was refused with. With scripts the fields have what was typed anyway. */
export const Refusal = createContext<Readonly<Partial<Record<'typed' | 'errors', Record<string, string>>>>>({})

/** A field of one of several forms on a page. Password managers ignore it, since it may be next to a secret. */
export function FormInput({ form, ...field }: ComponentProps<typeof TextInput> & { form?: string }) {
  const { typed, error } = useRefused(field.name)
  return (
    <TextInput
      data-1p-ignore=""
      data-lpignore="true"
      mono={field.type === 'password'}
      {...field}
      error={error}
      defaultValue={typed ?? field.defaultValue}
      idPrefix={form}
    />
  )
}

/** What the form was refused with, for this field. */
function useRefused(name: string) {
  const { typed, errors } = use(Refusal)
  return { typed: typed?.[name], error: errors?.[name] }
}

export function FormSelect(field: ComponentProps<typeof Select>) {
  const { typed, error } = useRefused(field.name)
  return <Select {...field} error={error} defaultValue={typed ?? field.defaultValue} />
}

export function FormTextArea(field: ComponentProps<typeof TextArea>) {
  const { typed, error } = useRefused(field.name)
  return <TextArea {...field} error={error} defaultValue={typed ?? field.defaultValue} />
}

/** One of several boxes of the same name. What was typed is the values of those with a tick, which contain no blanks. */
export function FormBox(props: {
  name: string
  value: string
  defaultChecked: boolean
  className?: string
  children: ReactNode
}) {
  const { name, value, defaultChecked, className = '', children } = props
  const { typed } = useRefused(name)
  const isTicked = typed === undefined ? defaultChecked : typed.split(' ').includes(value)
  return (
    <label className={`flex items-baseline gap-2.5 ${className}`}>
      <input type="checkbox" name={name} value={value} defaultChecked={isTicked} />
      {children}
    </label>
  )
}

/** All boxes of one name. */
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
      {options.map(({ value, label }) => (
        <FormBox key={value} name={name} value={value} defaultChecked={chosen.includes(value)}>
          {label}
        </FormBox>
      ))}
      <FieldNotes name={name} error={error} />
    </fieldset>
  )
}
