import type { ReactNode } from 'react'

/** Names and values, one pair a line. With `narrow`, and on any narrow screen, the name is above its value. */
export function DataList(props: {
  items: readonly { term: string; value: ReactNode; mono?: boolean }[]
  narrow?: boolean
  className?: string
}) {
  return (
    <dl className={`divide-y divide-line ${props.className ?? ''}`}>
      {props.items.map(({ term, value, mono }) => (
        <div key={term} className={`grid gap-x-4 py-2 ${props.narrow ? '' : 'sm:grid-cols-[13rem_minmax(0,1fr)]'}`}>
          <dt className="text-sm leading-6 text-faint">{term}</dt>
          <dd className={mono ? 'font-mono text-[0.8125rem] leading-6' : ''}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
