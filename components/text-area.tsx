import type { ComponentProps } from 'react'
import { Field, type FieldLabels, fieldProps } from './field'

/** Addresses, patterns and IDs: a browser neither corrects nor completes them. */
const NO_PROSE = { spellCheck: false, autoCapitalize: 'none', autoComplete: 'off' } as const

/** Several lines: of addresses and the like, or of `prose`. */
export function TextArea({
  name,
  label,
  hint,
  error,
  prose = false,
  mono = false,
  className,
  ...native
}: FieldLabels & Omit<ComponentProps<'textarea'>, 'name' | 'id' | 'children'> & { prose?: boolean; mono?: boolean }) {
  return (
    <Field {...{ name, label, hint, error }} {...(className && { className })}>
      <textarea
        {...(!prose && NO_PROSE)}
        {...native}
        {...fieldProps({ name, hint, error })}
        className={`control ${mono ? 'font-mono text-[0.875rem]' : ''}`}
      />
    </Field>
  )
}
