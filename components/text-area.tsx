import { type ControlProps, divided, Field, fieldProps } from './field'

/** Addresses, patterns and IDs: a browser neither corrects nor completes them. */
const NO_PROSE = { spellCheck: false, autoCapitalize: 'none', autoComplete: 'off' } as const

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
