import { Field, fieldProps } from '@/components/field'

/** A field for patterns, one per line. It grows to eight lines. */
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
