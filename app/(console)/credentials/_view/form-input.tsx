import type { ComponentProps } from 'react'
import { Field, fieldProps } from '@/components/field'

/** Several forms of the page have fields of the same name, so the id includes the name of the form. Password managers ignore it. */
export function FormInput({
  form,
  name,
  label,
  hint,
  ...native
}: Omit<ComponentProps<'input'>, 'form' | 'name'> & { form: string; name: string; label: string; hint?: string }) {
  const fieldInput = { name: `${form}-${name}`, ...(hint && { hint }) }
  return (
    <Field label={label} {...fieldInput}>
      <input
        type="text"
        autoComplete="off"
        data-1p-ignore=""
        data-lpignore="true"
        spellCheck={false}
        {...native}
        {...fieldProps(fieldInput)}
        name={name}
        className={`control ${native.type === 'password' ? 'font-mono text-[0.875rem]' : ''}`}
      />
    </Field>
  )
}
