import type { ReactNode } from 'react'

/** Names and values, one pair a line; the name stands above its value on a narrow screen. */
export function DataList({
  items,
  className = '',
}: {
  items: readonly { term: string; value: ReactNode; mono?: boolean }[]
  className?: string
}) {
  return (
    <dl className={`divide-y divide-line ${className}`}>
      {items.map(({ term, value, mono }) => (
        <div key={term} className="grid gap-x-4 py-2 sm:grid-cols-[11rem_minmax(0,1fr)]">
          <dt className="text-sm leading-6 text-faint">{term}</dt>
          <dd className={mono ? 'font-mono text-[0.8125rem] leading-6' : ''}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
