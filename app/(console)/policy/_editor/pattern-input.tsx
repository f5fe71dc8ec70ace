import { Field, fieldProps } from '@/components/field'

/** Patterns, one a line; grows with them up to a handful. */
export function PatternInput(props: {
  name: string
  label: string
  error: string | undefined
  value: string
  onChange: (value: string) => void
  describedBy: string
}) {
  const { name, label, error, value } = props
  const { 'aria-describedby': described, ...control } = fieldProps({ name, error })
  return (
    <Field {...{ name, label, error }}>
      <textarea
        {...control}
        aria-describedby={[described, props.describedBy].filter(Boolean).join(' ')}
        value={value}
        onChange={({ target }) => props.onChange(target.value)}
        rows={Math.min(8, Math.max(2, value.split('\n').length))}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        className="control font-mono text-[0.8125rem]"
      />
    </Field>
  )
}
