import type { ReactNode } from 'react'

/**
 * Names and values, one pair a line; a name without a value is left out. In a narrow column, which `narrow` says it is, and on a narrow screen
 * the name is above its value.
 */
export function DataList(props: {
  items: readonly { term: string; value: ReactNode; mono?: boolean }[]
  narrow?: boolean
  className?: string
}) {
  return (
    <dl className={`pairs ${props.narrow ? 'pairs-narrow' : ''} ${props.className ?? ''}`}>
      {props.items.map(
        ({ term, value, mono }) =>
          (value ?? false) !== false && (
            <div key={term}>
              <dt>{term}</dt>
              <dd className={mono ? 'font-mono text-[0.8125rem] leading-6' : ''}>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
