'use client'

import { type ComponentProps, createContext, type ReactNode, use } from 'react'
import { Select, TextArea, TextInput } from '@/components/inputs'

/** What the form around these fields was refused with. With scripts the fields have what was typed anyway. */
export const Refusal = createContext<Readonly<Partial<Record<'typed' | 'errors', Record<string, string>>>>>({})

/** A field of one of several forms on a page. Password managers ignore it, since it may be next to a secret. */
export function FormInput({ form, ...field }: ComponentProps<typeof TextInput> & { form?: string }) {
  const { typed, errors } = use(Refusal)
  return (
    <TextInput
      data-1p-ignore=""
      data-lpignore="true"
      mono={field.type === 'password'}
      {...field}
      error={errors?.[field.name]}
      defaultValue={typed?.[field.name] ?? field.defaultValue}
      idPrefix={form}
    />
  )
}

export function FormSelect(field: ComponentProps<typeof Select>) {
  const typed = use(Refusal).typed?.[field.name]
  return <Select {...field} defaultValue={typed ?? field.defaultValue} />
}

export function FormTextArea(field: ComponentProps<typeof TextArea>) {
  const typed = use(Refusal).typed?.[field.name]
  return <TextArea {...field} defaultValue={typed ?? field.defaultValue} />
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
  const typed = use(Refusal).typed?.[name]
  const isTicked = typed === undefined ? defaultChecked : typed.split(' ').includes(value)
  return (
    <label className={`flex items-baseline gap-2.5 ${className}`}>
      <input type="checkbox" name={name} value={value} defaultChecked={isTicked} />
      {children}
    </label>
  )
}
