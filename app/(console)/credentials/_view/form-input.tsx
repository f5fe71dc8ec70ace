'use client'

import { type ComponentProps, createContext, use } from 'react'
import { Select, TextInput } from '@/components/inputs'
import { TextArea } from '@/components/text-area'

/** What the form around these fields was refused with. With scripts the fields have it anyway. */
export const Typed = createContext<Readonly<Record<string, string>>>({})

/** A field of one of several forms on a page. Password managers ignore it, since it may be next to a secret. */
export function FormInput({ form, ...field }: ComponentProps<typeof TextInput> & { form?: string }) {
  const typed = use(Typed)[field.name]
  return (
    <TextInput
      data-1p-ignore=""
      data-lpignore="true"
      mono={field.type === 'password'}
      {...field}
      defaultValue={typed ?? field.defaultValue}
      idPrefix={form}
    />
  )
}

export function FormSelect(field: ComponentProps<typeof Select>) {
  const typed = use(Typed)[field.name]
  return <Select {...field} defaultValue={typed ?? field.defaultValue} />
}

export function FormTextArea(field: ComponentProps<typeof TextArea>) {
  const typed = use(Typed)[field.name]
  return <TextArea {...field} defaultValue={typed ?? field.defaultValue} />
}
