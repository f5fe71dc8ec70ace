import type { ComponentProps } from 'react'
import { TextInput } from '@/components/inputs'

/** A field of one of several forms on a page. Password managers ignore it, since it may be next to a secret. */
export const FormInput = ({ form, ...field }: ComponentProps<typeof TextInput> & { form: string }) => (
  <TextInput
    data-1p-ignore=""
    data-lpignore="true"
    autoCapitalize="sentences"
    mono={field.type === 'password'}
    {...field}
    idPrefix={form}
  />
)
